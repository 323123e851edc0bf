"""What other systems read of the records: each export in its system's form, and nothing in it that acts anywhere."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import subprocess
import sys
from typing import Any, Literal
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings

from proclab.grading.exports import EACH, WHOLE, Entry, Evidence, Gradebook, actions, github, prairielearn
from proclab.grading.exports.autolab import scores
from proclab.grading.exports.grades import harmless
from proclab.text import printable
from tests.unit import classes
from tests.unit.classes import ANY_ENTRY, HOSTILE, RECORDS, telling

# ---------------------------------------------------------------- the forms, as their systems describe them

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A form in which nothing else may stand."""


class GradescopeTest(Strict):
    score: float
    max_score: float
    status: Literal["passed", "failed"]
    name: str
    number: str
    output: str
    tags: list[str]
    visibility: Visibility
    extra_data: dict[str, Any]


class Gradescope(Strict):
    execution_time: float
    output: str
    output_format: Format
    test_output_format: Format
    test_name_format: Format
    visibility: Visibility
    stdout_visibility: Visibility
    extra_data: dict[str, Any]
    tests: list[GradescopeTest]
    score: float | msgspec.UnsetType = msgspec.UNSET


class ClassroomTest(Strict):
    name: str
    status: Literal["pass", "fail", "error"]
    score: float
    message: str | None
    test_code: str
    filename: str
    line_no: int
    duration: int


class Classroom(Strict):
    version: Literal[1]
    status: Literal["pass", "fail", "error"]
    max_score: float
    tests: list[ClassroomTest]


class PrairieLearnTest(Strict):
    name: str
    points: float
    max_points: float
    description: str = ""
    message: str = ""
    output: str = ""


class PrairieLearn(Strict):
    gradable: bool
    message: str
    score: float | None = None
    format_errors: list[str] = []
    tests: list[PrairieLearnTest] = []


FORMS = {"gradescope/{id}.json": Gradescope, "github/{id}.json": Classroom, "prairielearn/{id}.json": PrairieLearn}
SPOILED = {
    "gradescope/{id}.json": ('"execution_time": 0', '"execution_time": "0"'),
    "github/{id}.json": ('"status": "pass"', '"status": "passed"'),
    "prairielearn/{id}.json": ('"max_points": 2', '"max_points": null'),
}


def entry(name: str) -> Entry:
    return Entry(name, RECORDS[name])


@pytest.fixture
def book(tmp_path):
    return Gradebook(classes.written(tmp_path))


def named(book, name):
    return next(found for found in book if found.id == name)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("path", FORMS)
def test_an_export_has_the_form_of_its_system(book, path, lang):
    for found in book:
        msgspec.json.decode(EACH[path](found, telling(lang)), type=FORMS[path])


@pytest.mark.parametrize("path", FORMS)
def test_what_has_not_the_form_is_seen(path):
    text = EACH[path](entry("jane"), telling())
    right, wrong = SPOILED[path]
    assert right in text
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(right, wrong), type=FORMS[path])


@settings(max_examples=50, deadline=None)
@given(ANY_ENTRY)
def test_whatever_the_record_is_every_export_has_its_form_and_nothing_in_it_acts(found):
    for path, export in EACH.items():
        text = export(found, telling())
        assert text.replace("\n", "").isprintable(), path
        if path in FORMS:
            msgspec.json.decode(text, type=FORMS[path])
    for export in WHOLE.values():
        text = "".join(export([found], telling()))
        assert text.lstrip("\ufeff").replace("\r\n", "").replace("\n", "").isprintable()
    for line in actions.lines(found, telling()):
        assert line.isprintable()


def test_a_hostile_program_writes_no_line_of_its_own(book):
    mallory = named(book, "mallory")
    for path, export in EACH.items():
        text = export(mallory, telling())
        assert "\x1b" not in text, path
        assert "\u202e" not in text, path
        assert not any(line.startswith(("::", "{%")) for line in text.splitlines()), path


# ---------------------------------------------------------------- hidden checks, and what is ours

SEEN_BY_STUDENTS = [path for path in EACH if not path.startswith("gradescope/")]


@pytest.mark.parametrize("path", SEEN_BY_STUDENTS)
def test_a_hidden_check_shows_nothing_but_the_sum(book, path):
    text = EACH[path](named(book, "john"), telling())
    assert "SECRET" not in text
    assert "secret" not in text.replace("after_secret", "")
    assert "failing_fork" not in text
    assert "Hidden checks" in text
    assert "zombie" in text  # what isn't hidden is there


def test_gradescope_is_told_which_checks_are_hidden_and_those_that_are_not_name_none(book):
    found = json.loads(EACH["gradescope/{id}.json"](named(book, "john"), telling()))
    hidden = [test for test in found["tests"] if test["visibility"] == "hidden"]
    assert [test["extra_data"]["check"] for test in hidden] == ["spawn.failing_fork"]
    assert "SECRET OUTPUT" in hidden[0]["output"]
    assert "SECRET" not in json.dumps([test for test in found["tests"] if test not in hidden])
    assert found["score"] == 2.5
    assert sum(test["score"] for test in found["tests"]) == 2.5


def test_what_is_ours_is_a_grade_nowhere():
    ours = entry("ours")
    texts = {path: export(ours, telling()) for path, export in EACH.items()}
    assert "score" not in json.loads(texts["gradescope/{id}.json"])
    assert json.loads(texts["gradescope/{id}.json"])["tests"] == []
    assert json.loads(texts["github/{id}.json"])["max_score"] == 0  # the reporter leaves it out
    assert json.loads(texts["prairielearn/{id}.json"])["gradable"] is False
    assert json.loads(texts["autolab/{id}.txt"].splitlines()[-1]) == {"scores": {}}


def test_what_is_no_fault_of_ours_is_a_grade_everywhere():
    bomb = entry("bomb")
    texts = {path: export(bomb, telling()) for path, export in EACH.items()}
    assert json.loads(texts["gradescope/{id}.json"])["score"] == 0
    assert json.loads(texts["github/{id}.json"])["max_score"] == 10
    assert json.loads(texts["github/{id}.json"])["status"] == "fail"
    assert json.loads(texts["prairielearn/{id}.json"])["score"] == 0
    assert "bomb.zip" in texts["autolab/{id}.txt"]


# ---------------------------------------------------------------- one by one


def test_github_reports_the_points_and_the_line(book):
    text = EACH["github/{id}.json"](named(book, "john"), telling())
    found = json.loads(text)
    assert found["status"] == "fail"
    assert sum(test["score"] for test in found["tests"]) == 2.5
    by_name = {test["name"]: test for test in found["tests"]}
    reaps = by_name["Every child is reaped"]
    assert (reaps["filename"], reaps["line_no"]) == ("spawn.py", 12)
    assert reaps["test_code"] == 'make trace-1 RUN="spawn.py 3"'
    assert reaps["message"].startswith("2 children were never waited for\nprocess 18 is a zombie")
    assert by_name["Hidden checks"]["score"] == 0
    encoded = github.encoded(text).removeprefix("result=")
    assert base64.b64decode(encoded).decode() == text
    assert "\n" not in encoded


def test_a_perfect_submission_passes_at_github(book):
    found = json.loads(EACH["github/{id}.json"](named(book, "jane"), telling()))
    assert found["status"] == "pass"
    assert {test["message"] for test in found["tests"]} == {None}
    assert found["tests"][0]["duration"] == 250


def test_prairielearn_takes_no_more_than_a_megabyte(monkeypatch):
    wordy = [
        classes.result(f"task.check{n}", "FAIL", seen=(classes.Seen("x", {"y": HOSTILE * 90}),)) for n in range(600)
    ]
    found = Entry("wordy", classes.record("Wordy", *wordy))
    text = prairielearn.results(found, telling())
    assert 200_000 < len(text.encode()) < 1_000_000
    assert len(json.loads(text)["tests"]) == 600
    monkeypatch.setattr(prairielearn, "MOST_BYTES", 1 << 40)
    assert len(prairielearn.results(found, telling()).encode()) > 1_000_000


def test_the_last_lines_are_what_autolab_reads(book):
    john = named(book, "john")
    *_, stages, last = EACH["autolab/{id}.txt"](john, telling()).splitlines()
    assert json.loads(last) == {"scores": {"spawn": 2, "bank": 0.5}}
    assert sum(scores(john.record).values()) == john.record.points
    shown = json.loads(stages)
    assert (shown["_presentation"], shown["stages"]) == ("semantic", ["spawn", "bank"])
    assert shown["spawn"]["Every child's status is reported"] == {"passed": True}
    assert shown["bank"]["The balance is right"]["passed"] is False


AUTOLABS = re.compile("([a-zA-Z0-9]+):")  # what it takes for a key, wherever that stands


@settings(max_examples=50, deadline=None)
@given(ANY_ENTRY)
def test_autolab_finds_no_key_within_a_string_of_the_last_line(found):
    last = EACH["autolab/{id}.txt"](found, telling()).splitlines()[-1]
    assert json.loads(AUTOLABS.sub(r'"\1":', last)) == json.loads(last)


def test_a_sentence_in_the_last_line_would_be_taken_for_a_key():
    last = json.dumps({"scores": {"spawn: all": 1}})
    with pytest.raises(json.JSONDecodeError):
        json.loads(AUTOLABS.sub(r'"\1":', last))


# ---------------------------------------------------------------- grades.csv


def rows(book):
    text = "".join(WHOLE["grades.csv"](book, telling()))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_the_grades_are_a_row_a_submission(book):
    found = {row["id"]: row for row in rows(book)}
    assert list(found) == ["bomb", "jane", "john", "mallory", "ours"]
    assert found["jane"]["points"] == found["jane"]["max_points"] == "10"
    assert found["john"]["points"] == "2.5"
    assert found["john"]["bank.right"] == "0.5"
    assert found["john"]["spawn.failing_fork"] == "0"
    assert {name: row["status"] for name, row in found.items()} == {
        "bomb": "refused",
        "jane": "complete",
        "john": "complete",
        "mallory": "complete",
        "ours": "ours",
    }
    assert found["mallory"]["bank.right"] == "", "it has no such result"


def test_what_is_ours_has_no_points_in_the_table(book):
    ours = {row["id"]: row for row in rows(book)}["ours"]
    assert [ours[key] for key in ("points", "spawn.reports", "spawn.reaps")] == ["", "", ""]


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_name_is_a_formula(sign):
    text = "".join(WHOLE["grades.csv"]([Entry("x", classes.full(sign))], telling()))
    (row,) = csv.DictReader(io.StringIO(text[1:], newline=""))
    assert row["name"].lstrip()[0] not in "=+-@"
    assert printable(sign).lstrip("'") in row["name"]


def test_a_name_that_is_none_stays():
    assert harmless("Jane-Ann O'Neil") == "Jane-Ann O'Neil"


# ---------------------------------------------------------------- junit.xml

SAMPLE = """
import sys
import pytest
@pytest.fixture
def broken(): raise OSError("no engine")
def test_passed(record_property):
    record_property("verdict", "PASS")
    print("out"); print("err", file=sys.stderr)
def test_failed(record_property):
    record_property("verdict", "FAIL")
    print("out"); print("err", file=sys.stderr)
    assert 1 == 2
def test_error(broken, record_property): pass
def test_skipped(): pytest.skip("waits")
"""


@pytest.fixture(scope="module")
def pytests(tmp_path_factory):
    """A file that pytest itself has written of a test that passed, failed, was skipped and could not be set up."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "test_sample.py").write_text(SAMPLE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest",
               "-o", "junit_logging=all", "--junitxml=found.xml", "test_sample.py"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stderr
    return ElementTree.parse(folder / "found.xml").getroot()


def form(root: ElementTree.Element) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]], set[tuple[str, str]]]:
    """Which element stands in which, which attributes each has, and what stands before what in the same one."""
    inside: set[tuple[str, ...]] = set()
    attributes: set[tuple[str, ...]] = set()
    order: set[tuple[str, str]] = set()
    for parent in root.iter():
        attributes.add((parent.tag, *sorted(parent.attrib)))
        tags = [child.tag for child in parent]
        inside |= {(parent.tag, tag) for tag in tags}
        order |= {(a, b) for n, a in enumerate(tags) for b in tags[n + 1 :] if a != b}
    return inside, attributes, order


def junit(book):
    text = "".join(WHOLE["junit.xml"](book, telling()))
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    return ElementTree.fromstring(text.encode())


def departures(ours: ElementTree.Element, theirs: ElementTree.Element) -> list[str]:
    """What stands in ours that pytest never writes so."""
    (inside, attributes, order), (known, known_attributes, known_order) = form(ours), form(theirs)
    complaints = [f"{child} in {parent}" for parent, child in inside - known]
    complaints += [f"{tag} with {', '.join(names)}" for tag, *names in attributes - known_attributes]
    complaints += [f"{a} before {b}" for a, b in order if (b, a) in known_order and (a, b) not in known_order]
    return sorted(complaints)


def test_junit_is_what_pytest_writes_element_by_element(book, pytests):
    ours = junit(book)
    assert {element.tag for element in ours.iter()} == {element.tag for element in pytests.iter()}
    # pytest's failures have no type, its xunit2 form allows one; a suite of ours is a submission, and there are several
    for element in (*ours.iter("failure"),):
        assert element.attrib.pop("type")
    assert departures(ours, pytests) == []


def test_what_pytest_would_not_write_is_seen(book, pytests):
    ours = junit(book)
    suite = ours[1]
    suite.set("score", "7")
    suite[0].append(ElementTree.Element("grade"))
    case = suite[0]
    case.insert(0, ElementTree.Element("system-out"))
    found = departures(ours, pytests)
    assert "grade in testcase" in found
    assert "system-out before properties" in found
    assert any(complaint.startswith("testsuite with") and "score" in complaint for complaint in found)


def test_the_numbers_of_a_suite_are_those_of_its_cases(book):
    for suite in junit(book):
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == len(suite.findall(f"testcase/{tag}")), suite.get("name")
        assert int(suite.get("tests")) == len(suite.findall("testcase"))


def test_each_verdict_is_what_junit_has_for_it(book):
    suites = {suite.get("name"): suite for suite in junit(book)}
    kinds = {case.get("name"): [child.tag for child in case][1:] for case in suites["john"]}
    assert kinds["reports"] == []
    assert kinds["reaps"][0] == "failure"
    assert kinds["after_secret"] == ["skipped"]
    assert [child.tag for child in suites["ours"][1]] == ["properties", "error"]
    verdicts = [prop.get("value") for prop in suites["john"].iter("property") if prop.get("name") == "verdict"]
    assert verdicts == ["PASS", "ZOMBIE", "CRASH", "SKIPPED", "RACE"]


def test_an_output_is_cut_and_holds_nothing_that_xml_can_not(book):
    mallory = next(suite for suite in junit(book) if suite.get("name") == "mallory")
    out = mallory.find("testcase/system-out").text
    assert "characters are left out" in out
    assert len(out) < 30_000
    assert "\\x1b" in out


# ---------------------------------------------------------------- GitHub's annotations


def test_an_annotation_stands_at_the_line_of_the_file_of_the_repository(book):
    lines = list(actions.lines(named(book, "john"), telling(), lambda file: f"labs/1-processes/tasks/{file}"))
    assert len(lines) == 3
    assert lines[0].startswith("::error file=labs/1-processes/tasks/spawn.py,line=12,title=Every child is reaped (left")
    assert "never waited for%0Aprocess 18 is a zombie" in lines[0]
    assert lines[1].startswith("::notice file=labs/1-processes/tasks/spawn.py,title=")
    assert "SECRET" not in "".join(lines)


def test_an_annotation_is_one_command_whatever_it_says(book):
    (first, second) = actions.lines(named(book, "mallory"), telling(), lambda file: f"a,b:c%\n{file}")
    for line in (first, second):
        assert "\n" not in line
        head, _, message = line.removeprefix("::").partition("::")
        assert head.startswith("error file=a%2Cb%3Ac%25%0A")
        assert message
    assert list(actions.lines(entry("jane"), telling())) == []


def test_a_file_of_the_repository_is_found_where_it_lies(tmp_path):
    for name in ("a/b/spawn.py", "lab1/spawn.py", ".proclab/spawn.py", "lab2/bank.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "0").symlink_to(tmp_path / ".proclab")
    path = actions.located(tmp_path)
    assert path("spawn.py") == (tmp_path / "lab1" / "spawn.py").as_posix()
    assert path("bank.py") == (tmp_path / "lab2" / "bank.py").as_posix()
    assert path("tree.py") == (tmp_path / "tree.py").as_posix()


TRACEBACK = """Traceback (most recent call last):
  File "/work/1/shell.py", line 94, in <module>
    main()
  File "/work/1/shell.py", line 66, in change_folder
    os.chdir(folder)
  File "/usr/lib/python3.13/os.py", line 7, in chdir
FileNotFoundError: nowhere
"""


def test_a_crash_is_where_the_traceback_says_within_the_students_own_file():
    crashed = classes.result("shell.built_ins", "CRASH", argv=("shell.py",))
    assert telling().feedback(crashed, Evidence(errors=TRACEBACK)).line == "shell.py:66"
    assert telling().feedback(crashed, Evidence(errors=TRACEBACK, line="shell.py:1")).line == "shell.py:1"


@pytest.mark.parametrize(
    ("verdict", "argv", "errors"),
    [
        ("FAIL", ("shell.py",), TRACEBACK),
        ("CRASH", (), TRACEBACK),
        ("CRASH", ("hell.py",), TRACEBACK),
        ("CRASH", ("shell.py",), "line 66 of shell.py"),
        ("CRASH", ("shell.py",), 'File "shell.py", line ' + "6" * 50_000),
    ],
)
def test_no_line_is_made_up(verdict, argv, errors):
    assert telling().feedback(classes.result("shell.a", verdict, argv=argv), Evidence(errors=errors)).line == ""
