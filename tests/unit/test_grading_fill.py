"""Grades in the table that Canvas or Moodle gave: in the row of whom they are, or told."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proclab.cli import main
from proclab.errors import UsageError
from proclab.grading.exports import Entry, Gradebook, Person, fill
from proclab.grading.exports.cells import BOM
from proclab.grading.intake import roster
from proclab.grading.job import Answer
from proclab.grading.outfolder import locked
from proclab.words import LANGS
from tests.unit import classes
from tests.unit.classes import RECORDS, failing, full, record

FOLDER = Path(__file__).parents[1] / "data" / "gradebooks"
# As Canvas exports it: a row of points, one of how grades are posted, a test student, columns that it computes.
CANVAS = (FOLDER / "canvas.csv").read_bytes().decode()
# As Moodle's assignment gives it, in its user's language.
MOODLE = {lang: (FOLDER / f"moodle-{lang}.csv").read_bytes().decode() for lang in ("en", "ru", "de")}


def book(*names):
    return [Entry(name, RECORDS[name]) for name in names]


def rows(data, separator=","):
    text = data.removeprefix(BOM).decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def column(data, title, separator=","):
    header, *others = rows(data, separator)
    return [row[header.index(title)] for row in others]


def codes(filled):
    return sorted(note.code for note in filled.notes)


def said(filled, lang="en"):
    return "\n".join(note.said(lang) for note in filled.notes)


def test_canvas_gets_its_own_file_with_one_column_filled():
    filled = fill(CANVAS.encode(), book("jane", "john"), "Lab 1")
    assert column(filled.data, "Lab 1 (501)") == ["Manual Posting", "20.00", "20", "5", "4.00", "EX", ""]
    expected = CANVAS.replace("Group A,,55.00", "Group A,20,55.00").replace("Group A,3.00", "Group A,5")
    assert filled.data.decode() == expected
    assert filled.grades == 2
    assert codes(filled) == ["absent", "absent", "absent", "scaled"]
    assert "Other, Ann: no submission" in said(filled)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_worksheet_of_moodle_is_filled_in_the_language_in_which_it_came(lang):
    data = MOODLE[lang].encode()
    filled = fill(data, book("jane", "john"))
    before, after = rows(data), rows(filled.data)
    changed = [(r, c) for r, row in enumerate(before) for c, cell in enumerate(row) if after[r][c] != cell]
    assert changed == [(1, 4), (2, 4)]
    assert [row[4] for row in after[1:]] == ["100", "25", ""]
    assert codes(filled) == ["absent", "scaled"]


def test_in_another_language_the_column_is_named():
    data = MOODLE["de"].encode()
    with pytest.raises(UsageError, match="'Bewertung'"):
        fill(data, book("jane"))
    filled = fill(data, book("jane", "john"), "Bewertung")
    assert column(filled.data, "Bewertung") == ["10", "2.5", ""], "no maximum is known here: the points as they are"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_separator_and_mark_survive(separator, mark):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(csv.reader(io.StringIO(CANVAS, newline="")))
    data = mark + text.getvalue().encode()
    filled = fill(data, book("jane"), "Lab 1")
    assert filled.data.startswith(mark + b"Student")
    assert column(filled.data, "Lab 1 (501)", separator)[2] == "20"
    assert filled.data.replace(f"Group A{separator}20".encode(), f"Group A{separator}".encode()) == data


def test_what_is_ours_is_no_grade_and_is_told():
    filled = fill(CANVAS.encode(), book("ours"), "Lab 1")
    assert filled.data == CANVAS.encode()
    assert filled.grades == 0
    assert "Other, Ann: could not be graded by our fault; the cell stays as it was" in said(filled)


def test_a_refused_submission_is_a_grade():
    table = CANVAS.replace("Doe, Jane", "Bomb, Bob")
    assert column(fill(table.encode(), book("bomb"), "Lab 1").data, "Lab 1 (501)")[2] == "0"


def test_who_is_excused_stays_excused():
    filled = fill(CANVAS.encode(), [Entry("eve", full("Eve Excused"))], "Lab 1")
    assert filled.data == CANVAS.encode()
    assert "excused" in codes(filled)


# ---------------------------------------------------------------- whose it is


def filled_with(*entry):
    return column(fill(CANVAS.encode(), entry, "Lab 1").data, "Lab 1 (501)")[2:4]


@pytest.mark.parametrize("name", ["7001", "s1", "JDOE"])
def test_a_submission_that_is_called_by_an_id_is_its_students(name):
    assert filled_with(Entry("x", full(name))) == ["20", "3.00"]
    assert filled_with(Entry(name, full("x"))) == ["20", "3.00"]


@pytest.mark.parametrize("name", ["Jane Doe", "Doe, Jane", "jane_doe", "doejane"])  # Canvas's files run it together
def test_a_submission_is_its_students_by_name(name):
    assert filled_with(Entry("x", full(name))) == ["20", "3.00"]
    assert filled_with(Entry("x", full(name), person=Person("moodle", "1"))) == ["20", "3.00"]


@pytest.mark.parametrize("name", ["Participant 81", "81", "Jane Doe", "JANE@example.edu"])
def test_a_participant_of_moodle_is_known_by_number_name_or_address(name):
    grades = column(fill(MOODLE["en"].encode(), [Entry("x", full(name))]).data, "Grade")
    assert grades == ["100", "5.00", ""]


@pytest.mark.parametrize("name", ["nobody", "700", "7001x", "", "jan doe", "20.00", "Group A"])
def test_whose_row_there_is_not_is_told_and_nothing_filled(name):
    filled = fill(CANVAS.encode(), [Entry("x", full(name))], "Lab 1")
    assert filled.data == CANVAS.encode()
    assert "nobody" in codes(filled)


def test_the_number_that_the_lms_gave_is_its_students():
    assert filled_with(Entry("x", full("y"), person=Person("canvas", "7001"))) == ["20", "3.00"]
    assert filled_with(Entry("x", full("Jane Doe"), person=Person("canvas", "7002"))) == ["", "20"]


@pytest.mark.parametrize("lms", ["moodle", "gradescope"])
def test_a_number_of_another_system_is_nobodys_here(lms):
    assert filled_with(Entry("7001", full("y"), person=Person(lms, "7001"))) == ["", "3.00"]
    assert filled_with(Entry("7001", full("John Roe"), person=Person(lms, "7001"))) == ["", "20"]


def test_all_who_handed_it_in_together_get_the_grade():
    together = Entry("x", full("Jane Doe & John Roe"), person=Person("gradescope", "5", ("S1", "jroe", "nobody@x")))
    assert filled_with(together) == ["20", "20"]


def test_an_id_that_two_rows_have_is_nobodys():
    table = CANVAS.replace("s2,jroe", "s1,jroe")
    filled = fill(table.encode(), [Entry("x", full("y"), person=Person("gradescope", "5", ("s1",)))], "Lab 1")
    assert filled.data == table.encode()
    assert "nobody" in codes(filled)


def test_of_two_with_one_name_neither_is_filled_but_by_id():
    table = CANVAS.replace("Roe, John", "Doe, Jane")
    filled = fill(table.encode(), [Entry("x", full("Jane Doe"))], "Lab 1")
    assert filled.data == table.encode()
    assert "several" in codes(filled)
    assert column(fill(table.encode(), [Entry("7002", full("Jane Doe"))], "Lab 1").data, "Lab 1 (501)")[3] == "20"


def test_two_submissions_of_one_row_fill_nothing():
    filled = fill(CANVAS.encode(), [Entry("a", full("Jane Doe")), Entry("b", failing("Doe, Jane"))], "Lab 1")
    assert filled.data == CANVAS.encode()
    assert "Doe, Jane: more than one submission is of this row (Jane Doe (a), Doe, Jane (b))" in said(filled)


# ---------------------------------------------------------------- which column, and what is no table


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("", "more than one column"),
        ("Lab", "no column 'Lab'"),
        ("Final Score", "no column 'Final Score'"),
        ("Section", "no column 'Section'"),
    ],
)
def test_a_column_that_can_not_be_meant_is_refused(title, why):
    with pytest.raises(UsageError, match=why):
        fill(CANVAS.encode(), book("jane"), title)


def test_the_title_or_the_whole_header_names_the_column_and_an_only_one_needs_no_name():
    for title in ("Essay, long", "Essay, long (502)"):
        assert column(fill(CANVAS.encode(), book("jane"), title).data, "Essay, long (502)")[2] == "100"
    table = CANVAS.replace("20.00,100.00,(read only)", "20.00,(read only),(read only)")
    assert column(fill(table.encode(), book("jane")).data, "Lab 1 (501)")[2] == "20"


def test_first_and_last_names_may_have_columns_of_their_own():
    table = "LastName,FirstName,ID,Section,Lab 1 (501)\nDoe,Jane,7001,A,\n"
    assert column(fill(table.encode(), book("jane")).data, "Lab 1 (501)") == ["10"]
    table = "First name,Last name,ID number,Email address,Assignment: Lab 1 (Real)\nJane,Doe,,j@x.edu,-\n"
    filled = fill(table.encode(), book("jane"), "Assignment: Lab 1 (Real)")
    assert column(filled.data, "Assignment: Lab 1 (Real)") == ["10"]


def test_a_row_without_the_cell_is_told():
    filled = fill(b"Identifier,Full name,Grade\nParticipant 1,Jane Doe\n", book("jane"))
    assert codes(filled) == ["short"]


@pytest.mark.parametrize("data", [b"", b"\n", b"a,b\n1,2\n", b"Grade\n1\n", b"\x00\xff"])
def test_what_is_no_gradebook_is_refused(data):
    with pytest.raises(UsageError):
        fill(data, book("jane"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.text('SIDtudent,;"\n()1 ', max_size=60).map(str.encode))
def test_whatever_the_table_is_nothing_else_is_raised(data):
    for table in (data, CANVAS.encode()[:90] + data, MOODLE["en"].encode()[:60] + data):
        try:
            fill(table, book("jane"))
        except UsageError:
            continue


def test_points_beyond_the_maximum_are_a_share_of_it():
    filled = fill(CANVAS.encode(), [Entry("jane", record("Jane Doe", points=1.0, max_points=3.0))], "Lab 1")
    assert column(filled.data, "Lab 1 (501)")[2] == "6.67"
    assert "out of 20 points, ours out of 3" in said(filled)


@pytest.mark.parametrize("lang", LANGS)
def test_every_note_is_said_in_every_language(lang):
    entries = [*book("jane", "ours"), Entry("a", full("x")), Entry("b", full("Twin, A"))]
    entries += [Entry("c", full("Eve Excused")), Entry("d", full("John Roe")), Entry("e", full("7002"))]
    twins = '"Twin, A",8001,,,A,,,,\r\n"Twin, A",8002,,,A,,,,\r\n'
    filled = fill((CANVAS + twins).encode(), entries, "Lab 1")
    assert set(codes(filled)) == {"absent", "excused", "nobody", "ours", "scaled", "several", "twice"}
    assert len(said(filled, lang).splitlines()) == len(filled.notes)


# ---------------------------------------------------------------- the command


def test_the_command_fills_a_new_file_and_says_what_is_to_be_known(tmp_path, capsys):
    (tmp_path / "grades.csv").write_bytes(CANVAS.encode())
    folder = classes.written(tmp_path / "g")
    assert main(["fill", str(tmp_path / "grades.csv"), "--from", str(folder), "--column", "Lab 1", "-l", "en"]) == 0
    assert (tmp_path / "grades.csv").read_bytes() == CANVAS.encode()
    assert column((tmp_path / "grades-filled.csv").read_bytes(), "Lab 1 (501)")[2:4] == ["20", "5"]
    said = capsys.readouterr().out
    assert "Other, Ann: could not be graded by our fault" in said
    assert "no row of the table is of this submission" in said
    assert "\x1b" not in said
    assert said.splitlines()[-1].endswith("grades-filled.csv: grades filled in: 2")


def test_the_command_takes_the_ids_of_the_lms(tmp_path):
    (tmp_path / "grades.csv").write_bytes(CANVAS.encode())
    folder = classes.written(tmp_path / "g")
    (folder / "people.json").write_text('{"jane": {"lms": "canvas", "lms_id": "7002", "also": []}}')
    assert main(["fill", str(tmp_path / "grades.csv"), "--from", str(folder), "--column", "Lab 1"]) == 0
    filled = column((tmp_path / "grades-filled.csv").read_bytes(), "Lab 1 (501)")
    assert filled[3] == "3.00", "John's own submission is of the same row: neither counts"


@pytest.mark.parametrize(
    ("table", "folder", "why"),
    [
        ("nothing.csv", "g", "nothing.csv: No such file"),
        ("g", "g", "Is a directory"),
        ("grades.csv", "empty", "holds no records"),
        ("grades.csv", "g", "more than one column"),
    ],
)
def test_the_command_says_what_it_can_not_do(tmp_path, capsys, table, folder, why):
    (tmp_path / "grades.csv").write_bytes(CANVAS.encode())
    classes.written(tmp_path / "g")
    assert main(["fill", str(tmp_path / table), "--from", str(tmp_path / folder)]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "grades-filled.csv").exists()


LETTERS = {
    "moodle": ("Somebody Else_{id}_assignsubmission_file_/spawn.py", MOODLE["en"], "", ("81", "82"), ["100", "25", ""]),
    "canvas": ("somebodyelse_{id}_90210_spawn.py", CANVAS, "Lab 1", ("7001", "7002"), ["20", "5", "4.00"]),
}


@pytest.mark.parametrize("lms", LETTERS)
def test_from_the_zip_that_an_lms_hands_out_to_the_table_it_gave(tmp_path, lms):
    """The names of the files say somebody else; the LMS's numbers are those of the table."""
    path, table, title, numbers, expected = LETTERS[lms]
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for number in numbers:
            archive.writestr(path.format(id=number), "print()")
    sources = roster(tmp_path / "class.zip")
    with locked(tmp_path / "g") as out:
        out.people(sources)
        for source in sources:
            found = full("x") if source.lms_id == numbers[0] else failing("x")
            out.save(Answer(source.id, found, keys={}), lambda result: "")
    filled = fill(table.encode(), Gradebook(tmp_path / "g"), title)
    assert filled.grades == 2
    grades = column(filled.data, "Lab 1 (501)")[2:5] if title else column(filled.data, "Grade")
    assert grades == expected
