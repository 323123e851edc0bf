"""What is handed in is taken by the keep-list and refused with a reason; nothing that it is made of does anything."""

from __future__ import annotations

import io
import lzma
import os
import socket
import stat
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.grading import intake
from proclab.grading.intake import Bounds, fingerprint
from proclab.words import LANGS, catalogue
from tests.unit import handed_in as h
from tests.unit.handed_in import END, LINK, SPAWN, Entry, header, patched, said, tar_of, zip_of, zipped

KEEP = {1: ["spawn.py", "tree.py"], 4: ["server.py", "client.py"]}
ROOT = Path(__file__).parents[2]


def taken(folder: Path, data: bytes, name: str = "ann.zip", bounds: Bounds = intake.BOUNDS) -> intake.Submission:
    (folder / name).write_bytes(data)
    return intake.take(folder / name, KEEP, bounds)


def codes(submission: intake.Submission) -> list[str]:
    return [refusal.code for refusal in submission.refused]


def write(folder: Path, *names: str, data: bytes = SPAWN) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


# ---------------------------------------------------------------- what is accepted


@pytest.mark.parametrize(
    "path",
    [
        "spawn.py",
        "./spawn.py",
        "1/spawn.py",
        "lab1/spawn.py",
        "Lab 01/spawn.py",
        "лаб1/spawn.py",
        "1-processes/spawn.py",
        "1-processes/tasks/spawn.py",
        "labs/1-processes/tasks/spawn.py",
        "ann/lab1/spawn.py",
        "ann/spawn.py",
        "my-fork-main/labs/1-processes/tasks/spawn.py",
        "3-ivanov/spawn.py",  # a number in a list, and no lab that has such a task
    ],
)
def test_a_file_is_found_where_students_put_it(tmp_path, path):
    for data, name in ((zip_of((path, SPAWN)), "a.zip"), (tar_of((path, SPAWN)), "a.tar")):
        assert dict(taken(tmp_path, data, name).files) == {"1/spawn.py": SPAWN}
    assert dict(intake.take(write(tmp_path / "folder", path), KEEP).files) == {"1/spawn.py": SPAWN}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a/b/c/spawn.py", "folders"),
        ("Spawn.py", "case"),
        ("spawn.py.txt", "extra"),
        ("conftest.py", "extra"),
        ("lab1/sitecustomize.py", "extra"),
        ("evil.pth", "extra"),
        ("pytest.ini", "extra"),
        ("socket.py", "extra"),
        ("work.zip", "nested"),
        ("lab1/work.tar.gz", "nested"),
        ("/".join("d" * 17) + "/spawn.py", "deep"),
        ("x" * 200 + "/" + "y" * 200 + "/" + "z" * 200 + "/" + "v" * 200 + "/" + "w" * 230 + "/spawn.py", "long"),
    ],
)
def test_a_file_somewhere_else_or_of_another_name_is_not_taken(tmp_path, path, code):
    for data, name in ((zip_of((path, SPAWN)), "a.zip"), (tar_of((path, SPAWN)), "a.tar")):
        submission = taken(tmp_path, data, name)
        assert (dict(submission.files), codes(submission)) == ({}, [code])
    submission = intake.take(write(tmp_path / "folder", path), KEEP)
    assert (dict(submission.files), codes(submission)) == ({}, [code])


def test_what_a_system_or_a_tool_leaves_is_not_worth_a_word(tmp_path):
    litter = ["__MACOSX/._spawn.py", ".DS_Store", "lab1/__pycache__/spawn.cpython-311.pyc", ".git/config", "spawn.py~"]
    litter += [".venv/lib/spawn.py", "Thumbs.db", "node_modules/server.py", "._spawn.py"]
    submission = taken(tmp_path, zip_of(("spawn.py", SPAWN), *((name, b"x") for name in litter)))
    assert (dict(submission.files), submission.refused) == ({"1/spawn.py": SPAWN}, ())
    folder = write(tmp_path / "folder", "spawn.py", *litter)
    assert (list(intake.take(folder, KEEP).files), intake.take(folder, KEEP).refused) == (["1/spawn.py"], ())


@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe" * 100, "# привет\n".encode("cp1251"), b"x" * (1 << 20)])
def test_a_file_may_hold_any_bytes(tmp_path, data):
    for packed in (zip_of(("spawn.py", data)), tar_of(("spawn.py", data))):
        assert dict(taken(tmp_path, packed).files) == {"1/spawn.py": data}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("pack", ["", *h.PACKERS])
def test_a_tar_of_any_tool_is_read_by_its_bytes_whatever_it_is_called(tmp_path, form, pack):
    top = "ann" * 30 if form != tarfile.PAX_FORMAT else "Щукин" * 30
    data = tar_of((f"{top}/lab1/spawn.py", SPAWN), form=form)
    packed = h.PACKERS[pack](data) if pack else data
    assert dict(taken(tmp_path, packed, "work.zip").files) == {"1/spawn.py": SPAWN}
    assert dict(taken(tmp_path, packed + h.PACKERS[pack](b"") if pack else packed).files) == {"1/spawn.py": SPAWN}


@pytest.mark.parametrize("tool", ["tar", "zip"])
def test_what_the_usual_tools_pack_is_taken(tmp_path, tool):
    folder = write(tmp_path / "ann", "lab1/spawn.py", "lab4/server.py")
    (folder / "lab1" / "link").symlink_to("spawn.py")
    command = {"tar": ["tar", "-czf", "../out.x", "."], "zip": ["zip", "-qry", "../out.x", "."]}[tool]
    try:
        subprocess.run(command, cwd=folder, check=True)
    except FileNotFoundError:
        pytest.skip(f"there is no {tool} here")
    packed = tmp_path / ("out.x.zip" if (tmp_path / "out.x.zip").exists() else "out.x")
    submission = intake.take(packed, KEEP)
    assert list(submission.files) == ["1/spawn.py", "4/server.py"]
    assert codes(submission) == ["link"]


def test_zip64_is_read(tmp_path):
    assert list(taken(tmp_path, zipped(Entry(), wide=True)).files) == ["1/spawn.py"]
    sizes = (1).to_bytes(2, "little") + (16).to_bytes(2, "little")
    sizes += len(SPAWN).to_bytes(8, "little") + len(SPAWN).to_bytes(8, "little")
    entry = Entry(method=0, size=0xFFFFFFFF, packed=0xFFFFFFFF, extra=sizes)
    assert list(taken(tmp_path, zipped(entry)).files) == ["1/spawn.py"]


class Pipe(io.RawIOBase):
    """What can't be sought in: whoever writes a zip into it writes each size behind its file."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data):
        self.data += data
        return len(data)


def test_a_zip_that_was_written_as_a_stream_is_read(tmp_path):
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        with packed.open("lab1/spawn.py", "w", force_zip64=True) as file:
            file.write(SPAWN)
        packed.writestr("lab1/tree.py", "t")
    assert list(taken(tmp_path, bytes(pipe.data)).files) == ["1/spawn.py", "1/tree.py"]


def test_names_that_are_no_utf8_break_nothing(tmp_path):
    submission = taken(tmp_path, zipped(Entry(name=b"\xcb\xe0\xe1/spawn.py"), Entry(name=b"\xff\xfe.py")))
    assert list(submission.files) == ["1/spawn.py"]
    assert [(refusal.code, refusal.name) for refusal in submission.refused] == [("extra", "\\udcff\\udcfe.py")]
    raw = taken(tmp_path, patched(0, b"\xcb\xe0\xe1/spawn.py\0") + END)
    assert list(raw.files) == ["1/spawn.py"]


# ---------------------------------------------------------------- which file is meant


def test_of_two_candidates_the_one_in_fewer_foreign_folders_is_meant(tmp_path):
    files = [("old/spawn.py", b"old"), ("labs/1-processes/tasks/spawn.py", b"new"), ("old/more/spawn.py", b"older")]
    assert dict(taken(tmp_path, zip_of(*files)).files) == {"1/spawn.py": b"new"}


def test_two_candidates_that_are_level_are_refused_and_taken_when_they_are_the_same(tmp_path):
    level = taken(tmp_path, zip_of(("spawn.py", b"a"), ("lab1/spawn.py", b"b"), ("tree.py", b"c")))
    assert (dict(level.files), codes(level)) == ({"1/tree.py": b"c"}, ["ambiguous"])
    assert {level.refused[0].name, level.refused[0].detail} == {"spawn.py", "lab1/spawn.py"}
    same = taken(tmp_path, zip_of(("spawn.py", b"a"), ("lab1/spawn.py", b"a")))
    assert (dict(same.files), codes(same)) == ({"1/spawn.py": b"a"}, [])


def test_a_name_that_two_labs_have_needs_a_folder_that_says_which(tmp_path):
    keep = {1: ["main.py"], 2: ["main.py"]}
    folder = write(tmp_path, "lab1/main.py", "lab2/main.py")
    assert list(intake.take(folder, keep).files) == ["1/main.py", "2/main.py"]
    alone = intake.take(write(tmp_path / "alone", "main.py"), keep)
    assert (dict(alone.files), codes(alone), alone.refused[0].detail) == ({}, ["which_lab"], "1, 2")


# ---------------------------------------------------------------- hostile archives

BOMB = h.bomb_deflated(256 << 20)
OK = Entry(name=b"tree.py")
# name: (archive, codes, whether the honest file beside it is taken)
ZIPS = {
    "symbolic link": (zipped(Entry(mode=LINK, data=b"/etc/passwd"), OK), ["link"], True),
    "link to a folder, and a file below": (
        zipped(Entry(name=b"lab1", mode=LINK, data=b"/etc"), Entry(name=b"lab1/spawn.py", mode=LINK), OK),
        ["link", "link"],
        True,
    ),
    "device": (zipped(Entry(mode=stat.S_IFCHR | 0o666), OK), ["device"], True),
    "FIFO": (zipped(Entry(mode=stat.S_IFIFO | 0o666), OK), ["fifo"], True),
    "socket": (zipped(Entry(mode=stat.S_IFSOCK | 0o666), OK), ["socket"], True),
    "way up": (zipped(Entry(name=b"../../spawn.py"), OK), ["escape"], True),
    "way up inside": (zipped(Entry(name=b"lab1/../../spawn.py"), OK), ["escape"], True),
    "way up in litter": (zipped(Entry(name=b"__MACOSX/../../spawn.py"), OK), ["escape"], True),
    "absolute": (zipped(Entry(name=b"/lab1/spawn.py"), OK), ["absolute"], True),
    "drive": (zipped(Entry(name=b"C:/lab1/spawn.py"), OK), ["absolute"], True),
    "backslash": (zipped(Entry(name=b"lab1\\spawn.py"), OK), ["backslash"], True),
    "NUL behind a good name": (zipped(Entry(name=b"spawn.py\0.txt"), OK), ["nul"], True),
    "encrypted": (zipped(Entry(flags=1), OK), ["encrypted"], True),
    "encrypted, says its local header only": (zipped(Entry(local_flags=1), OK), ["lying"], True),
    "deflate64": (zipped(Entry(method=9), OK), ["method"], True),
    "lzma": (zipped(Entry(method=14), OK), ["method"], True),
    "a patch": (zipped(Entry(flags=1 << 5), OK), ["method"], True),
    "unpacks to more than it says": (zipped(Entry(size=3), OK), ["lying"], True),
    "unpacks to less than it says": (zipped(Entry(size=3000), OK), ["lying"], True),
    "stored, of another size": (zipped(Entry(method=0, size=len(SPAWN) - 1), OK), ["lying"], True),
    "another sum": (zipped(Entry(crc=7), OK), ["spoilt"], True),
    "no deflate": (zipped(Entry(body=b"\xff" * 30), OK), ["spoilt"], True),
    "another name in its local header": (zipped(Entry(local_name=b"tree.py."), OK), ["lying"], True),
    "another method in its local header": (zipped(Entry(local_method=0), OK), ["lying"], True),
    "another packed size in its local header": (zipped(Entry(local_packed=5), OK), ["lying"], True),
    "no local header": (zipped(OK, Entry(sig=b"PK\x07\x08")), ["lying"], True),
    "bytes behind its deflate": (zipped(Entry(body=Entry().bytes + b"more"), OK), ["lying"], True),
    "too large": (zipped(Entry(data=bytes((1 << 20) + 1)), OK), ["size"], True),
    "a bomb that lies": (zipped(Entry(body=BOMB, size=100), OK), ["lying"], True),
    "a bomb that says so": (zipped(Entry(name=b"x", body=BOMB, size=256 << 20), OK), ["unpacked"], False),
    "a bomb by its ratio": (zipped(Entry(name=b"x", size=100 << 20, body=bytes(1000)), OK), ["bomb"], False),
    "a file twice": (zipped(Entry(), Entry(data=b"other"), OK), ["twice"], True),
    "the same but for the letters' case": (
        zipped(Entry(name=b"SPAWN.py"), Entry(name=b"Spawn.py"), OK),
        ["case"] * 2,
        True,
    ),
    "an archive within": (zipped(Entry(name=b"a.zip", data=zip_of(("spawn.py", SPAWN))), OK), ["nested"], True),
    "two entries in one place": (zipped(Entry(), Entry(at=0), OK), ["overlap"], False),
    "an entry within another": (zipped(Entry(method=0, data=bytes(200)), Entry(at=60), OK), ["overlap"], False),
    "an entry that reaches into the directory": (zipped(OK, Entry(packed=5000)), ["overlap"], False),
    "an entry behind the end": (zipped(OK, Entry(at=1 << 31)), ["overlap"], False),
    "too many entries": (zipped(*[Entry(name=b"%d" % n) for n in range(10_001)], OK), ["number"], False),
    "a directory that says more entries": (zipped(Entry(), OK, count=3), ["damaged"], False),
    "a directory that says fewer entries": (zipped(Entry(), OK, count=1), ["lies"], False),
    "a million entries, it says": (zipped(Entry(), OK, count=1_000_000, wide=True), ["number"], False),
    "a directory of gigabytes, it says": (zipped(Entry(), OK, size=1 << 40, wide=True), ["lies"], False),
    "a directory before the beginning": (zipped(Entry(), OK, at=0xFFFFFF00), ["lies"], False),
    "bytes in front": (zipped(Entry(), OK, before=b"PK\x03\x04 and more", at=70), ["lies"], False),
    "a program in front": (zipped(Entry(), OK, before=b"#!/bin/sh\n"), ["format"], False),
    "bytes before the end record": (zipped(Entry(), OK, size=60), ["lies"], False),
    "bytes behind": (zipped(Entry(), OK, behind=b"x"), ["behind"], False),
    "a second end in the comment": (
        zipped(Entry(), OK, comment=zipped(Entry(name=b"tree.py", data=b"other"))),
        ["lies"],
        False,
    ),
    "another zip behind": (zipped(Entry(), OK) + zipped(Entry()), ["lies"], False),
    "cut off": (zipped(Entry(), OK)[:-30], ["cut"], False),
    "zip64 in a field and no record": (zipped(Entry(), OK, at=0xFFFFFFFF), ["damaged"], False),
    "zip64 in an entry and no field": (zipped(Entry(size=0xFFFFFFFF), OK), ["damaged"], False),
    "nothing but a beginning": (b"PK\x03\x04", ["cut"], False),
}
GO = header("tree.py")
TARS = {
    "symbolic link": (header(data=b"", kind=b"2", linkname="/etc/passwd") + GO, ["link"], True),
    "hard link": (header(data=b"", kind=b"1", linkname="../../x") + GO, ["link"], True),
    "link as a folder": (
        header("lab1", b"", b"2", linkname="/etc") + header("lab1/../spawn.py") + GO,
        ["link", "escape"],
        True,
    ),
    "character device": (header(data=b"", kind=b"3") + GO, ["device"], True),
    "block device": (header(data=b"", kind=b"4", devmajor=254) + GO, ["device"], True),
    "FIFO": (header(data=b"", kind=b"6") + GO, ["fifo"], True),
    "sparse": (patched(156, b"S") + GO, ["sparse"], True),
    "sparse by an extended header": (said((b"GNU.sparse.realsize", b"9999999999")) + header() + GO, ["sparse"], True),
    "contiguous": (header(kind=b"7") + GO, ["type"], True),
    "a second volume": (patched(156, b"M") + GO, ["type"], True),
    "way up": (header("../../spawn.py") + GO, ["escape"], True),
    "way up by an extended header": (said((b"path", b"../../spawn.py")) + header() + GO, ["escape"], True),
    "way up by a long name": (header("././@LongLink", b"../../spawn.py\0", b"L") + header() + GO, ["escape"], True),
    "way up by a prefix": (patched(345, b"../..", header(form=tarfile.USTAR_FORMAT)) + GO, ["escape"], True),
    "absolute": (header("/lab1/spawn.py") + GO, ["absolute"], True),
    "NUL in an extended name": (said((b"path", b"spawn.py\0x")) + header() + GO, ["nul"], True),
    "setuid, which nobody asks for": (header("x/y", mode=0o6755) + GO, ["extra"], True),
    "a file twice": (header() + header(data=b"other") + GO, ["twice"], True),
    "too large": (header(data=bytes((1 << 20) + 1)) + GO, ["size"], True),
    "a size for all files behind": (said((b"size", b"9"), kind=b"g") + header() + GO, ["header"], False),
    "a name for all files behind": (said((b"path", b"spawn.py"), kind=b"g") + header("x") + GO, ["header"], False),
    "another size by an extended header": (said((b"size", b"9")) + header() + GO, ["lies"], False),
    "an extended header of megabytes": (header("p", b"x" * (3 << 20), b"x") + GO, ["header"], False),
    "an extended header of nonsense": (header("p", b"99 path=x\n", b"x") + GO, ["header"], False),
    "an extended header of length 0": (header("p", b"0 path=x\n", b"x") + GO, ["header"], False),
    "an extended header of no file": (GO + said((b"path", b"spawn.py")), ["cut"], False),
    "a link with a size": (patched(156, b"2") + GO, ["lies"], False),
    "a negative size": (patched(124, b"-0000000001\0") + GO, ["damaged"], False),
    "a size in base 256": (patched(124, b"\x80" + bytes(10) + b"\x01") + GO, ["damaged"], False),
    "a size beyond the end": (GO + patched(124, b"00077777777\0"), ["cut"], False),
    "a size of terabytes": (GO + patched(124, b"77777777777\0", header("x")), ["cut"], False),
    "a wrong sum": (GO + header()[:148] + b"0000000 " + header()[156:], ["damaged"], False),
    "too many entries": (GO + header("x", b"") * 10_001, ["number"], False),
    "too many links": (GO + header(data=b"", kind=b"2", linkname="x") * 10_001, ["number"], False),
    "too much together": (b"".join(header(f"d{n}/spawn.py", bytes(1 << 20)) for n in range(9)) + GO, ["kept"], False),
}
ENDS = {
    "no end": (tar_of(("tree.py", SPAWN))[:1024], ["cut"]),
    "half a header": (tar_of(("tree.py", SPAWN))[:1300], ["cut"]),
    "another tar behind": (tar_of(("tree.py", SPAWN)) + tar_of(("spawn.py", SPAWN)), ["behind"]),
    "another gzip behind, of something else": (h.PACKERS["gz"](GO + END) + b"more", ["behind"]),
    "another tar in a second gzip": (h.PACKERS["gz"](GO + END) + h.PACKERS["gz"](header() + END), ["behind"]),
    "a thousand streams": (h.PACKERS["gz"](GO + END) + h.PACKERS["gz"](b"") * 1000, ["streams"]),
    "a broken gzip": (h.PACKERS["gz"](GO + END)[:-8] + b"12345678", ["damaged"]),
    "a gzip that breaks off": (h.PACKERS["gz"](GO + END)[:-20], ["cut"]),
    "an xz of 64 MB of memory": (lzma.compress(GO + END, preset=9), ["memory"]),
    "a gzip of no tar": (h.PACKERS["gz"](SPAWN * 40), ["damaged"]),
    "rar": (b"Rar!\x1a\x07\x01\0" + bytes(600), ["format"]),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(600), ["format"]),
    "a program": (b"#!/bin/sh\necho hello\n", ["format"]),
    "nothing": (b"", ["format"]),
}


@pytest.mark.parametrize(("data", "expected", "rest"), ZIPS.values(), ids=ZIPS)
def test_a_hostile_zip_costs_what_it_spoils_and_is_told(tmp_path, data, expected, rest):
    assert_refused(taken(tmp_path, data), expected, rest)


@pytest.mark.parametrize(("data", "expected", "rest"), TARS.values(), ids=TARS)
def test_a_hostile_tar_costs_what_it_spoils_and_is_told(tmp_path, data, expected, rest):
    for packed in (data + END, h.PACKERS["gz"](data + END)):
        assert_refused(taken(tmp_path, packed), expected, rest)


@pytest.mark.parametrize(("data", "expected"), ENDS.values(), ids=ENDS)
def test_what_is_no_whole_archive_is_refused(tmp_path, data, expected):
    assert_refused(taken(tmp_path, data), expected, False)


def assert_refused(submission: intake.Submission, expected: list[str], rest: bool) -> None:
    assert sorted(codes(submission)) == sorted(expected)
    assert dict(submission.files) == ({"1/tree.py": SPAWN} if rest else {})
    assert (submission.refusal_of("1/tree.py") is None) == rest
    for lang in LANGS:
        for refusal in submission.refused:
            assert catalogue(lang).say(f"grade.refused.{refusal.code}", name=refusal.name, detail=refusal.detail)


def test_the_honest_twin_of_all_those_is_taken(tmp_path):
    for data in (zipped(Entry(), OK), header() + GO + END):
        submission = taken(tmp_path, data)
        assert (dict(submission.files), submission.refused) == ({"1/spawn.py": SPAWN, "1/tree.py": SPAWN}, ())


def test_an_archive_that_is_too_large_is_not_opened(tmp_path):
    path = tmp_path / "big.zip"
    with path.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    assert codes(intake.take(path, KEEP)) == ["archive_size"]


def test_every_refusal_has_its_words():
    sources = "".join(path.read_text() for path in (ROOT / "proclab/grading/intake").glob("*.py"))
    spoken = {key.rpartition(".")[2] for key in catalogue("en").phrases if key.startswith("grade.refused.")}
    assert {code for code in spoken if f'"{code}"' not in sources} == set()
    assert spoken >= {code for table in (ZIPS, TARS) for _, found, _ in table.values() for code in found}
    assert spoken >= {code for _, found in ENDS.values() for code in found} | {"more"}


# ---------------------------------------------------------------- folders


def test_a_folder_of_everything_but_files_is_refused_and_never_waited_for(tmp_path):
    write(tmp_path, "tree.py")
    (tmp_path / "client.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "spawn.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "server.py"))
        submission = intake.take(tmp_path, KEEP)
    assert list(submission.files) == ["1/tree.py"]
    assert {(refusal.code, refusal.name) for refusal in submission.refused} == {
        ("link", "client.py"),
        ("fifo", "spawn.py"),
        ("socket", "server.py"),
    }
    assert submission.refusal_of("1/spawn.py").code == "fifo"


def test_a_farm_of_links_and_a_link_round_in_a_circle_lead_nowhere(tmp_path):
    folder = write(tmp_path / "ann", "lab1/spawn.py")
    (folder / "lab1" / "round").symlink_to(folder)
    (folder / "etc").symlink_to("/etc")
    for number in range(500):
        (folder / f"link{number}").symlink_to("/etc/passwd")
    submission = intake.take(folder, KEEP)
    assert list(submission.files) == ["1/spawn.py"]
    assert set(codes(submission)) == {"link", "more"}
    assert len(submission.refused) == intake.BOUNDS.refusals + 1
    assert submission.refused[-1].detail == str(502 - intake.BOUNDS.refusals)


def test_a_folder_with_too_much_in_it_is_refused(tmp_path):
    folder = write(tmp_path, "spawn.py", "a/1", "a/2", "a/3")
    few = intake.take(folder, KEEP, Bounds(entries=4))
    assert (dict(few.files), codes(few)) == ({}, ["number"])
    assert list(intake.take(folder, KEEP, Bounds(entries=5)).files) == ["1/spawn.py"]
    large = intake.take(folder, KEEP, Bounds(file=len(SPAWN) - 1))
    assert (dict(large.files), codes(large)[0]) == ({}, "size")
    assert list(intake.take(folder, KEEP, Bounds(file=len(SPAWN))).files) == ["1/spawn.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(tmp_path):
    write(tmp_path, "spawn.py", "lab1/tree.py")
    (tmp_path / "spawn.py").chmod(0)
    (tmp_path / "lab1").chmod(0)
    submission = intake.take(tmp_path, KEEP)
    (tmp_path / "lab1").chmod(0o700)
    assert (dict(submission.files), codes(submission)) == ({}, ["unreadable", "unreadable"])


def test_what_is_not_there_or_is_no_file_is_refused_too(tmp_path):
    assert codes(intake.take(tmp_path / "nobody", KEEP)) == ["unreadable"]
    os.mkfifo(tmp_path / "ann.zip")
    assert codes(intake.take(tmp_path / "ann.zip", KEEP)) == ["fifo"]


def test_a_name_on_the_disk_may_be_of_any_bytes(tmp_path):
    for name in (b"\xff\xfe", b"a\nb\x1b[2J", b"x" * 255):
        os.makedirs(os.path.join(os.fsencode(tmp_path), name))
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name, b"evil.py"))).write_bytes(b"")
    submission = intake.take(tmp_path, KEEP)
    assert codes(submission) == ["extra"] * 3
    assert all(refusal.name.isprintable() and len(refusal.name) <= 120 for refusal in submission.refused)


# ---------------------------------------------------------------- sums


def test_a_sum_is_of_names_and_contents_however_they_were_packed(tmp_path):
    files = [("lab1/spawn.py", SPAWN), ("lab4/server.py", b"x")]
    folder = write(write(tmp_path / "f", "spawn.py"), "4/server.py", data=b"x")
    sums = {taken(tmp_path, zip_of(*files)).sha256, taken(tmp_path, tar_of(*reversed(files))).sha256}
    (folder / "spawn.py").write_bytes(SPAWN)
    assert {*sums, intake.take(folder, KEEP).sha256} == {fingerprint({"1/spawn.py": SPAWN, "4/server.py": b"x"})}


@given(st.lists(st.dictionaries(st.text(max_size=4), st.binary(max_size=6), max_size=3), min_size=2, max_size=2))
def test_two_sets_of_files_have_two_sums(pair):
    assert (fingerprint(pair[0]) == fingerprint(pair[1])) == (pair[0] == pair[1])


def test_a_name_and_a_content_are_not_taken_for_one_another():
    assert len({fingerprint({"a": b"bc"}), fingerprint({"ab": b"c"}), fingerprint({"a": b"", "b": b"c"})}) == 3


# ---------------------------------------------------------------- cost

BOUNDED = """
import resource, sys, time
from pathlib import Path
from proclab.grading import intake
before = resource.getrusage(resource.RUSAGE_SELF)
submission = intake.take(Path(sys.argv[1]), {1: ["spawn.py"]})
after = resource.getrusage(resource.RUSAGE_SELF)
used = after.ru_maxrss - before.ru_maxrss, after.ru_utime - before.ru_utime
print([refusal.code for refusal in submission.refused], *used)
"""


@pytest.mark.slow
@pytest.mark.parametrize("pack", ["zip", "lying zip", "gz", "bz2", "xz"])
def test_a_bomb_of_a_gigabyte_costs_little_memory_and_time(tmp_path, pack):
    if "zip" in pack:
        data = zipped(Entry(body=h.bomb_deflated(), size=1000 if "lying" in pack else h.BIG))
    else:
        data = h.bomb_tar(pack)
    (tmp_path / "bomb").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(tmp_path / "bomb")], capture_output=True, text=True, check=True, cwd=ROOT
    )
    code, kilobytes, seconds = done.stdout.rsplit(" ", 2)
    assert code in ("['bomb']", "['unpacked']", "['lying']")
    assert int(kilobytes) < 64 << 10
    assert float(seconds) < 2


def test_ten_thousand_entries_take_no_more_than_their_share(tmp_path):
    names = [b"d%d/x.py" % n for n in range(9_999)]
    data = zipped(*(Entry(name=name, data=b"") for name in names), Entry())
    begin = time.process_time()
    submission = taken(tmp_path, data)
    assert time.process_time() - begin < 2
    assert list(submission.files) == ["1/spawn.py"]
    assert codes(submission)[-1] == "more"


# ---------------------------------------------------------------- whatever comes

SEEDS = [
    zipped(Entry(), OK),
    zipped(Entry(), wide=True),
    header() + GO + END,
    said((b"path", b"a/spawn.py")) + GO + END,
]
SEEDS += [pack(header() + GO + END) for pack in h.PACKERS.values()]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 4096),
)
@settings(max_examples=300, deadline=None)
def test_a_spoilt_archive_raises_nothing_and_gives_known_files_only(tmp_path_factory, seed, changes, cut):
    data = bytearray(seed)
    for at, new in changes:
        at %= len(data)
        data[at : at + len(new)] = new
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(bytes(data[: len(data) - cut % len(data)] if cut % 3 == 0 else data))
    submission = intake.take(path, KEEP)
    assert set(submission.files) <= {"1/spawn.py", "1/tree.py"}
    assert all(refusal.name.isprintable() and refusal.detail.isprintable() for refusal in submission.refused)
    assert submission.files or submission.refused


@given(st.binary(max_size=2000))
def test_no_bytes_are_more_than_an_archive_that_is_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    assert codes(intake.take(path, KEEP))


member = st.tuples(
    st.lists(st.sampled_from(["a", "lab1", "1", "..", ".", "tasks", "ж", "x" * 300]), max_size=4).map("/".join),
    st.sampled_from(["spawn.py", "tree.py", "conftest.py", "spawn.py/", "a.zip", "SPAWN.PY"]),
    st.binary(max_size=20),
)


@given(st.lists(member, max_size=5))
@settings(max_examples=150, deadline=None)
def test_zip_and_tar_of_the_same_files_are_taken_alike(tmp_path_factory, files):
    names = [
        (f"{folder}/{name}" if folder else name, b"" if name.endswith("/") else data) for folder, name, data in files
    ]
    entries = [
        Entry(name=name.encode(), data=data, mode=0o40755 if name.endswith("/") else 0o100644) for name, data in names
    ]
    blocks = [
        said((b"path", name.encode())) + header("x", data, b"5" if name.endswith("/") else b"0") for name, data in names
    ]
    folder = tmp_path_factory.getbasetemp()
    found = [taken(folder, data) for data in (zipped(*entries), b"".join(blocks) + END)]
    assert found[0] == found[1]
    assert all(zlib.crc32(data) in {zlib.crc32(own) for _, own in names} for data in found[0].files.values())
