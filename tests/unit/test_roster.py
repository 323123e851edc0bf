"""A class as it comes: a folder of folders and archives, or what Moodle, Canvas and Gradescope hand out."""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proclab.errors import UsageError
from proclab.grading.intake import roster
from proclab.grading.intake.ids import ids, slug
from proclab.grading.intake.lms import groups
from proclab.grading.intake.people import people
from tests.unit.handed_in import SPAWN, Entry, tar_of, zip_of, zipped

KEEP = {1: ["spawn.py", "tree.py"], 4: ["server.py", "client.py"]}
WORK = zip_of(("lab1/spawn.py", SPAWN), ("lab4/server.py", b"s"))


def shown(path: Path) -> list[tuple[str, str, str, list[str]]]:
    return [(source.id, source.name, source.lms_id, list(source.take(KEEP).files)) for source in roster(path)]


def both(folder: Path, files: dict[str, bytes]) -> tuple[Path, Path]:
    """The same export, as a zip and unpacked."""
    packed = folder / "export.zip"
    packed.write_bytes(zip_of(*files.items()))
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "unpacked")
    return packed, folder / "unpacked"


MOODLE = {
    "Ann Lee_12345_assignsubmission_file_/spawn.py": SPAWN,
    "Ann Lee_12345_assignsubmission_onlinetext_/onlinetext.html": b"<p>done</p>",
    "Группа 1-Пётр Щукин_678_assignsubmission_file_/work.zip": WORK,
    "O'Neil-Smith Bob_9_assignsubmission_file/lab1/spawn.py": SPAWN,
    "O'Neil-Smith Bob_9_assignsubmission_file/__MACOSX/._spawn.py": b"",
}
MOODLE_FLAT = {
    "Ann Lee_12345_assignsubmission_file_spawn.py": SPAWN,
    "Ann Lee_12345_assignsubmission_file_tree.py": b"t",
    "Participant_678_assignsubmission_file_work.zip": WORK,
}
CANVAS = {
    "leeann_12345_777_spawn.py": SPAWN,
    "leeann_12345_778_tree-2.py": b"t",
    "smith_LATE_9_780_work.zip": WORK,
    "anon_Ab1cD_781_spawn.py": SPAWN,
    "nofile_55_text.html": b"",
}
GRADESCOPE = {
    "assignment_1_export/submission_metadata.yml": b"""---
submission_11:
  :submitters:
  - :name: Ann Lee
    :sid: '007'
    :email: ann@example.edu
  :created_at: 2026-11-30
  :results:
    tests:
    - name: "submission_99:"
      output: |
        :submitters:
        - :name: Mallory
submission_12:
  :submitters:
  - :name: Bob
    :sid: 8
  - :name: Eve
    :email: eve@example.edu
  :score: 1.0
""",
    "assignment_1_export/submission_11/spawn.py": SPAWN,
    "assignment_1_export/submission_12/lab4/server.py": b"s",
    "assignment_1_export/submission_13/spawn.py": SPAWN,
}
EXPORTS = {
    "moodle": (
        MOODLE,
        [
            ("ann-lee-12345", "Ann Lee", "12345", ["1/spawn.py"]),
            ("o-neil-smith-bob-9", "O'Neil-Smith Bob", "9", ["1/spawn.py"]),
            ("gruppa-1-petr-shchukin-678", "Группа 1-Пётр Щукин", "678", ["1/spawn.py", "4/server.py"]),
        ],
    ),
    "moodle, files": (
        MOODLE_FLAT,
        [
            ("ann-lee-12345", "Ann Lee", "12345", ["1/spawn.py", "1/tree.py"]),
            ("participant-678", "Participant", "678", ["1/spawn.py", "4/server.py"]),
        ],
    ),
    "canvas": (
        CANVAS,
        [
            ("anon-ab1cd", "anon", "Ab1cD", ["1/spawn.py"]),
            ("leeann-12345", "leeann", "12345", ["1/spawn.py", "1/tree.py"]),
            ("smith-9", "smith", "9", ["1/spawn.py", "4/server.py"]),
        ],
    ),
    "gradescope": (
        GRADESCOPE,
        [
            ("ann-lee-11", "Ann Lee", "11", ["1/spawn.py"]),
            ("bob-eve-12", "Bob & Eve", "12", ["4/server.py"]),
            ("submission-13-13", "submission_13", "13", ["1/spawn.py"]),
        ],
    ),
    "none": (
        {"ann/spawn.py": SPAWN, "bob.zip": WORK, "eve.tar.gz": tar_of(("spawn.py", SPAWN)), "README.md": b"x"},
        [
            ("ann", "ann", "", ["1/spawn.py"]),
            ("bob", "bob", "", ["1/spawn.py", "4/server.py"]),
            ("eve", "eve", "", ["1/spawn.py"]),
        ],
    ),
}


@pytest.mark.parametrize(("files", "expected"), EXPORTS.values(), ids=EXPORTS)
def test_a_class_is_found_in_the_zip_and_in_what_was_unpacked(tmp_path, files, expected):
    packed, unpacked = both(tmp_path, files)
    assert shown(packed) == expected
    assert shown(unpacked) == expected


def test_ids_of_those_who_handed_it_in_are_kept_for_the_gradebook(tmp_path):
    packed, unpacked = both(tmp_path, GRADESCOPE)
    for path in (packed, unpacked):
        assert [source.also for source in roster(path)] == [("007", "ann@example.edu"), ("8", "eve@example.edu"), ()]
    assert {source.lms for source in roster(packed)} == {"gradescope"}


def test_a_source_can_be_sent_to_another_process(tmp_path):
    packed, _ = both(tmp_path, MOODLE)
    for source in roster(packed):
        assert pickle.loads(pickle.dumps(source)).take(KEEP) == source.take(KEEP)
        assert pickle.loads(pickle.dumps(source.take(KEEP))) == source.take(KEEP)


def test_an_archive_within_a_folder_is_opened_only_where_an_lms_has_put_it(tmp_path):
    for name, opened in (("Ann_1_assignsubmission_file_", ["1/spawn.py", "4/server.py"]), ("ann", [])):
        _, unpacked = both(tmp_path / name, {f"{name}/work.zip": WORK}) if (tmp_path / name).mkdir() is None else (0, 0)
        (source,) = roster(unpacked)
        submission = source.take(KEEP)
        assert list(submission.files) == opened
        assert [refusal.code for refusal in submission.refused] == ([] if opened else ["nested"])


def test_an_archive_in_an_archive_in_the_export_is_not_opened(tmp_path):
    packed, _ = both(tmp_path, {"Ann_1_assignsubmission_file_/a.zip": zip_of(("b.zip", WORK), ("tree.py", b"t"))})
    submission = roster(packed)[0].take(KEEP)
    assert (list(submission.files), [refusal.code for refusal in submission.refused]) == (["1/tree.py"], ["nested"])


def test_a_bad_archive_costs_its_own_student_only(tmp_path):
    top = "_1_assignsubmission_file_/"
    files = {
        "Ann_1_assignsubmission_file_/a.zip": b"Rar!\x1a\x07" + bytes(99),
        "Bob_2_assignsubmission_file_/b.zip": WORK,
    }
    files[f"Eve{top.replace('1', '3')}spawn.py"] = SPAWN
    for path in both(tmp_path, files):
        ann, bob, eve = (source.take(KEEP) for source in roster(path))
        assert (dict(ann.files), ann.refused[0].code, ann.refused[0].name) == ({}, "format", "a.zip")
        assert ann.refusal_of("1/spawn.py") == ann.refused[0]
        assert (list(bob.files), list(eve.files)) == (["1/spawn.py", "4/server.py"], ["1/spawn.py"])


def test_a_file_that_is_too_large_is_refused_wherever_the_export_has_it(tmp_path):
    large = bytes((1 << 20) + 1)
    for folder, top in (("a", "Ann_1_assignsubmission_file_/spawn.py"), ("b", "Ann_1_assignsubmission_file_spawn.py")):
        (tmp_path / folder).mkdir()
        for path in both(tmp_path / folder, {top: large, "Bob_2_assignsubmission_file_/spawn.py": large[1:]}):
            ann, bob = (source.take(KEEP) for source in roster(path))
            assert (dict(ann.files), [refusal.code for refusal in ann.refused]) == ({}, ["size"])
            assert (list(bob.files), bob.refused) == (["1/spawn.py"], ())


def test_a_way_up_within_the_export_is_told_to_its_student(tmp_path):
    (tmp_path / "c.zip").write_bytes(zipped(Entry(name=b"ann/../../spawn.py"), Entry(name=b"bob/spawn.py")))
    ann, bob = (source.take(KEEP) for source in roster(tmp_path / "c.zip"))
    assert ([refusal.code for refusal in ann.refused], list(bob.files)) == (["escape"], ["1/spawn.py"])


def test_links_in_the_place_of_submissions_are_not_followed(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann").symlink_to("/etc")
    (tmp_path / "class" / "bob.zip").symlink_to(tmp_path / "work.zip")
    (tmp_path / "work.zip").write_bytes(WORK)
    os.mkfifo(tmp_path / "class" / "eve")
    for source in roster(tmp_path / "class"):
        submission = source.take(KEEP)
        assert (dict(submission.files), [refusal.code for refusal in submission.refused]) == ({}, ["unreadable"])
    (tmp_path / "link").symlink_to(tmp_path / "class")  # what the instructor has named himself is another thing
    assert len(roster(tmp_path / "link")) == 3


def test_what_is_no_class_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "spawn.py").write_bytes(SPAWN)
    (tmp_path / "empty.zip").write_bytes(zip_of())
    (tmp_path / "cut.zip").write_bytes(WORK[:-9])
    for name in ("empty", "spawn.py", "empty.zip", "cut.zip", "nobody"):
        with pytest.raises(UsageError, match=re.escape(name)):
            roster(tmp_path / name)


# ---------------------------------------------------------------- names and ids

A_TOP = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12) | st.sampled_from(
    [*(name.partition("/")[0] for name in (*MOODLE, *MOODLE_FLAT, *CANVAS)), "ann", "Ann", "ann.zip", "submission_1"]
)


@given(st.dictionaries(A_TOP, st.booleans(), max_size=8), st.booleans())
def test_every_name_belongs_to_one_submission_at_most(tops, gradescope):
    found = groups(tops, {} if gradescope else None)
    own = [top for group in found for top, _ in group.tops]
    assert len(own) == len(set(own))
    assert set(own) <= set(tops)
    assert all(group.name and group.tops for group in found)


NAME = st.text(max_size=60) | st.sampled_from(
    ["ann", "Ann", "ANN", "con", "", "..", "/", "ann-2", "Ёж", "ёж", "a" * 99]
)


@given(st.lists(st.tuples(NAME, st.text(max_size=5)), max_size=12))
@example([("ann", "a"), ("Ann", "b"), ("ann-2", "c"), ("ann", "a"), ("ann", "a")])
@example([("a" * 99, "1"), ("a" * 98, "2")])
def test_ids_are_names_of_files_and_nobody_has_anothers(names):
    found = ids(names)
    assert len(found) == len(set(found)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,70}", one) for one in found)
    assert not {"con", "prn", "aux", "nul", "com1"} & set(found)
    assert ids(names) == found


def test_an_id_is_the_name_where_that_can_be():
    assert ids([("ann", "ann"), ("Пётр Щукин", "x"), ("Žofie", "y")]) == ["ann", "petr-shchukin", "zofie"]
    first, second = ids([("Ann", "Ann"), ("ann", "ann")])
    assert re.fullmatch(r"ann-[0-9a-f]{8}", first)
    assert re.fullmatch(r"ann-[0-9a-f]{8}", second)
    assert (slug("日本"), ids([("日本", "日本")])[0][:11]) == ("", "submission-")


# ---------------------------------------------------------------- Gradescope's metadata


def test_a_gigabyte_of_results_is_passed_over():
    lines = "submission_1:\n  :results:\n" + "    output: '*a'\n" * 50_000
    lines += "  :submitters:\n  - :name: Ann\n    :sid: 1\n  :score: 2\nsubmission_2:\n  :submitters: []\n"
    assert people(lines) == {"submission_1": ("Ann", ("1",)), "submission_2": ("", ())}


@pytest.mark.parametrize(
    "block",
    [
        "  - :name: [1, 2]\n",
        "  - !!python/object/apply:os.system [id]\n",
        "  - &a [*a]\n",
        "  - '\n",
        "  - 1\n",
        "  -\n",
    ],
)
def test_metadata_of_nonsense_names_nobody(block):
    text = f"submission_1:\n  :submitters:\n{block}submission_2:\n  :submitters:\n  - :name: Bob\n"
    assert people(text) == {"submission_1": ("", ()), "submission_2": ("Bob", ())}


@given(st.text(st.sampled_from("sub mision_1:-'\n&*![]{}ae\"|>%@`")))
def test_whatever_the_metadata_says_nothing_is_raised(text):
    assert people("submission_1:\n  :submitters:\n" + text)
