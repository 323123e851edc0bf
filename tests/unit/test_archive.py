"""What comes out of a container is bytes of an untrusted peer: what a recording needs is taken, all else refused."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proclab.recording import archive, raw
from proclab.recording.archive import File, Refused, members
from tests.unit.archives import BOX, END, GOOD, HOSTILE, LOG, entry, patched


def read(data, box=BOX):
    """The files and the kinds of what was refused."""
    found = list(members(io.BytesIO(data), box))
    files = {each.name: each.data for each in found if isinstance(each, File)}
    return files, [each.kind for each in found if isinstance(each, Refused)]


def take(folder, data, box=BOX):
    with raw.opened(folder) as fd:
        return raw.take(io.BytesIO(data), fd, box)


def test_a_recording_is_taken_whole():
    assert read(GOOD + END) == ({"1/start.json": b"{}", "1/t.7": LOG, "end.json": b"{}"}, [])
    assert read(GOOD + bytes(10240)) == read(GOOD + END)


BROKEN = {
    "a negative size": patched(124, b"-0000000001\0"),
    "a size in another base": patched(124, b"\x80" + bytes(10) + b"\x01"),
    "a negative size in another base": patched(124, b"\xff" * 12),
    "a size of no digits": patched(124, b"  \0\0     \0  "),
    "a size of other digits": patched(124, "١١".encode().ljust(12, b"\0")),
    "a sum that is wrong": entry()[:148] + b"0000000 " + entry()[156:],
    "a sum that is negative": entry()[:148] + b"-000001\0" + entry()[156:],
    "no tar at all": b"#!/bin/sh\n" * 200,
    "another format": b"PK\x03\x04".ljust(2048, b"x"),
    "half a header": entry()[:300],
}


@pytest.mark.parametrize(("data", "kinds"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_part_of_a_recording_is_refused_and_the_rest_taken(tmp_path, data, kinds):
    before, after = entry(f"{BOX}/2/t.8"), entry(f"{BOX}/2/t.9")
    files, refused = read(before + data + after + END)
    assert refused == kinds
    assert files == {"2/t.8": LOG, "2/t.9": LOG}
    taken = take(tmp_path, before + data + after + END)
    assert sum(taken.refused.values()) == len(kinds)
    assert_only_a_recording(tmp_path)
    said = json.loads((tmp_path / BOX / "taken.json").read_text())
    assert (said["whole"], sum(said["refused"].values())) == (False, len(kinds))


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_header_ends_the_archive(tmp_path, data):
    assert read(entry(f"{BOX}/2/t.8") + data + entry() + END) == ({"2/t.8": LOG}, ["cut"])
    take(tmp_path, data)
    assert_only_a_recording(tmp_path)


def test_a_second_file_of_the_same_name_is_refused():
    assert read(entry() + entry(data=b"forged\n") + END) == ({"1/t.7": LOG}, ["twice"])


def test_a_size_that_lies_ends_the_archive():
    assert read(patched(124, b"00077777777\0") + END)[1] == ["cut"]


def test_bytes_behind_the_end_are_not_read():
    assert read(entry() + END + entry(f"{BOX}/1/t.8") + END) == ({"1/t.7": LOG}, ["behind"])


@pytest.mark.parametrize("length", [0, 1, 511, 512, 520, 1024, 1500, 1536, 2048])
def test_an_archive_that_is_cut_off_gives_what_there_is_and_is_not_whole(length):
    files, refused = read((entry(data=b"x" * 600) + entry(f"{BOX}/1/t.8"))[:length])
    assert refused == ["cut"]
    assert set(files) <= {"1/t.7", "1/t.8"}
    assert files.get("1/t.7", b"") == b"x" * max(0, min(600, length - 512))


def test_no_archive_is_larger_or_holds_more_than_a_recording(monkeypatch):
    monkeypatch.setattr(archive, "ARCHIVE_BYTES", 3000)
    assert read(entry(data=b"x" * 9000) + END) == ({"1/t.7": b"x" * 2488}, ["cut"])
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MEMBERS", 2)
    assert read(entry() + entry("x") + entry(f"{BOX}/1/t.8") + END) == ({"1/t.7": LOG}, ["name", "number"])


def test_names_are_shown_without_control_characters():
    (refused,) = [each for each in members(io.BytesIO(entry("\x1b[2J" + "x" * 99) + END), BOX) if each.kind == "name"]
    assert refused.name.startswith("\\x1b[2Jxx")
    assert len(refused.name) <= archive.NAME_SHOWN


# ---------------------------------------------------------------- written


def assert_only_a_recording(folder):
    """Regular files of mode 0644 with the names of a recording, in folders; nothing else anywhere below."""
    for path in folder.rglob("*"):
        mode, name = path.lstat().st_mode, str(path.relative_to(folder))
        if stat.S_ISDIR(mode):
            assert name.split("/")[0] == BOX
        else:
            assert stat.S_IFMT(mode) == stat.S_IFREG, name
            assert stat.S_IMODE(mode) == 0o644, name
            assert name == f"{BOX}/taken.json" or archive.most_bytes(name.removeprefix(f"{BOX}/")), name


def test_files_are_new_plain_and_complete(tmp_path):
    old = os.umask(0)
    try:
        assert take(tmp_path, GOOD + END).plain() == {"v": 1, "files": 3, "whole": True, "refused": {}, "names": []}
    finally:
        os.umask(old)
    assert_only_a_recording(tmp_path)
    assert (tmp_path / BOX / "1/t.7").read_bytes() == LOG


def test_a_box_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(folder, name, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(raw, "_write_new", full)
    (tmp_path / f"{BOX}.tar").write_bytes(GOOD + END)
    with pytest.raises(OSError, match="No space left"):
        raw.take_file(tmp_path, BOX)
    assert [path.name for path in tmp_path.iterdir()] == [f"{BOX}.tar"]
    monkeypatch.undo()
    (tmp_path / f".{BOX}.part").mkdir()  # as a kill leaves it
    assert raw.take_file(tmp_path, BOX).files == 3
    assert [path.name for path in tmp_path.iterdir()] == [BOX]


@pytest.mark.parametrize("kind", ["folder", "link", "file"])
def test_what_is_there_already_is_not_written_to(tmp_path, kind):
    (tmp_path / "raw").mkdir()
    (tmp_path / "else").mkdir()
    there = tmp_path / "raw" / BOX
    {"folder": there.mkdir, "link": lambda: there.symlink_to(tmp_path / "else"), "file": there.touch}[kind]()
    with pytest.raises(FileExistsError):
        take(tmp_path / "raw", GOOD + END)
    assert os.listdir(tmp_path / "raw") == [BOX]
    assert os.listdir(tmp_path / "else") == []


blocks = st.one_of(
    st.binary(max_size=600),
    st.just(END),
    st.builds(
        entry,
        st.one_of(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=24),
            st.sampled_from([f"{BOX}/1/t.7", f"{BOX}/1", BOX, f"{BOX}/end.json", f"{BOX}/1/../../x", "..", "/tmp/x"]),
        ),
        st.binary(max_size=1100),
        st.sampled_from([bytes([n]) for n in b"0123456789\0LKxgSMX"]),
        st.sampled_from([tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT]),
        mode=st.integers(0, 0o7777),
        linkname=st.sampled_from(["", "/etc/passwd", "../..", f"{BOX}/1"]),
    ).filter(bool)
    | st.builds(patched, st.integers(0, 511), st.binary(max_size=12)),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(blocks, max_size=6).map(b"".join))
@example(GOOD + END)
def test_whatever_the_bytes_are_only_a_recording_is_written(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("raw")
    try:
        taken = take(folder, data)
        assert_only_a_recording(folder)
        texts, strange = raw.texts(folder)
        assert (len(texts), strange) == (taken.files + 1, 0)
    finally:
        raw.shutil.rmtree(folder)


# ---------------------------------------------------------------- read


def test_a_recordings_files_are_read(tmp_path):
    take(tmp_path, GOOD + END)
    (tmp_path / "facts.jsonl").write_text("{}")
    texts, strange = raw.texts(tmp_path)
    assert strange == 0
    of_the_box = {f"{BOX}/1/start.json", f"{BOX}/1/t.7", f"{BOX}/end.json", f"{BOX}/taken.json"}
    assert texts.keys() == of_the_box | {"facts.jsonl"}
    assert texts[f"{BOX}/1/t.7"] == LOG.decode()


@pytest.mark.parametrize(
    "name", [f"{BOX}/1/t.77", f"{BOX}/2", f"{BOX}/files.json", "box", f"{BOX}/3/start.json", "facts.jsonl"]
)
@pytest.mark.parametrize("kind", ["link", "fifo", "socket"])
def test_what_is_no_regular_file_is_never_opened(tmp_path, name, kind):
    take(tmp_path, GOOD + END)
    (tmp_path / BOX / "3").mkdir()
    other = tmp_path / "Secret"
    if name in (f"{BOX}/2", "box"):
        (other / "1").mkdir(parents=True)
        (other / "1" / "t.5").write_text("secret")
        (other / "t.5").write_text("secret")
    else:
        other.write_text("secret")
    place = tmp_path / name
    if kind == "link":
        place.symlink_to(other)
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        os.mknod(place, stat.S_IFSOCK | 0o600)
    texts, strange = raw.texts(tmp_path)
    assert "secret" not in str(texts)
    assert len(texts) == 4
    assert strange == 2  # the place, and what lies beside


def test_files_too_large_to_be_a_recordings_are_left_alone(tmp_path):
    take(tmp_path, GOOD + END)
    with (tmp_path / BOX / "files.json").open("wb") as file:
        file.truncate((16 << 20) + 1)
    texts, strange = raw.texts(tmp_path)
    assert (f"{BOX}/files.json" in texts, strange) == (False, 1)


def test_a_folder_that_is_a_link_is_not_entered(tmp_path):
    (tmp_path / "raw").symlink_to(tmp_path)
    with pytest.raises(OSError, match="Not a directory"):
        raw.texts(tmp_path / "raw")
