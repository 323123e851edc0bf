"""All that follows from the records: written whole, made again only when something has changed, in little memory."""

from __future__ import annotations

import os
import re
import tracemalloc

import pytest
import yaml

from proclab import ROOT
from proclab.errors import UsageError
from proclab.grading import outputs
from proclab.grading.exports import Entry, Gradebook
from proclab.grading.record import dumps
from proclab.grading.report import class_page, student_page
from tests.unit import classes, repo
from tests.unit.classes import CHECKS, HOSTILE, RECORDS, telling


@pytest.fixture(autouse=True)
def _texts(monkeypatch):
    monkeypatch.setattr(outputs, "texts", lambda root: CHECKS)


@pytest.fixture
def out(tmp_path):
    return classes.written(tmp_path)


def listed(out):
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def made(out):
    return {path: (out / path).stat().st_mtime_ns for path in listed(out) if path.split("/")[0] in PLACES}


PLACES = {"students", "gradescope", "github", "prairielearn", "autolab"}


def test_everything_is_there_and_nothing_besides(out):
    before = listed(out)
    outputs.write_all(out, "en")
    expected = {path.format(id=name) for path in outputs.PER_SUBMISSION for name in RECORDS}
    assert listed(out) - before == expected | {*outputs.PER_CLASS, ".made.json"}
    assert {path.split("/")[0] for path in expected} == PLACES


def test_what_has_not_changed_is_not_made_again(out):
    told = []
    outputs.write_all(out, "en", lambda done, of: told.append((done, of)))
    first = made(out)
    outputs.write_all(out, "en")
    assert made(out) == first
    assert told == [(number, 5) for number in range(1, 6)]


@pytest.mark.parametrize("kind", ["records", "evidence"])
def test_what_has_changed_is_made_again_and_the_rest_is_not(out, kind):
    outputs.write_all(out, "en")
    first = made(out)
    path = out / kind / "john.json"
    path.write_bytes(path.read_bytes() + b"\n")
    outputs.write_all(out, "en")
    assert {path for path, at in made(out).items() if at != first[path]} == {
        path.format(id="john") for path in outputs.PER_SUBMISSION
    }


def test_what_is_gone_or_in_another_language_is_made_again(out):
    outputs.write_all(out, "en")
    (out / "students" / "jane.html").unlink()
    (out / ".made.json").write_text("[]")
    outputs.write_all(out, "en")
    assert (out / "students" / "jane.html").exists()
    first = made(out)
    outputs.write_all(out, "ru")
    assert not {path for path, at in made(out).items() if at == first[path]}
    assert "Скрытые проверки" in (out / "students" / "john.html").read_text("utf-8")


def test_what_was_made_of_a_submission_that_is_gone_goes_too(out):
    outputs.write_all(out, "en")
    (out / "records" / "jane.json").unlink()
    outputs.write_all(out, "en")
    assert [path for path in listed(out) if "jane" in path] == ["times/jane.json"]
    assert "Jane" not in (out / "report.html").read_text("utf-8")


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path):
    path = tmp_path / "a" / "file"
    outputs.write(path, ["one"])

    def broken():
        yield "two"
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        outputs.write(path, broken())
    assert path.read_text() == "one"
    assert os.listdir(path.parent) == ["file"]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "other").write_text("stays")
    for name in ("file", ".file.part"):
        (tmp_path / name).symlink_to("other")
    outputs.write(tmp_path / "file", ["new"])
    assert (tmp_path / "other").read_text() == "stays"
    assert (tmp_path / "file").read_text() == "new"
    assert not (tmp_path / "file").is_symlink()


def test_a_record_that_is_none_is_named(out):
    (out / "records" / "john.json").write_text("{}")
    with pytest.raises(UsageError, match=r"john\.json is not what the grader wrote"):
        outputs.write_all(out, "en")


def test_a_class_of_any_size_needs_the_memory_of_one_submission(tmp_path, monkeypatch):
    """The class's page keeps a line of each. (Records that were all kept would be 3400 bytes each here.)"""

    def peak(count):
        folder = tmp_path / str(count)
        (folder / "records").mkdir(parents=True)
        for number in range(count):
            (folder / "records" / f"s{number:04}.json").write_bytes(dumps(classes.failing(f"Student {number}")))
        tracemalloc.start()
        outputs.write_all(folder, "en")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)  # whatever is only made once
    few, many = peak(10), peak(40)
    assert (many - few) / 30 < 2_000, "bytes a submission"


# ---------------------------------------------------------------- pages


def test_a_hidden_check_is_nowhere_on_a_students_page(out):
    john = next(entry for entry in Gradebook(out) if entry.id == "john")
    for lang, secret in (("en", "SECRET"), ("ru", "СЕКРЕТ")):
        text = student_page(john, telling(lang))
        assert secret not in text
        assert "SECRET" not in text
        assert "failing_fork" not in text
    assert "SECRET TITLE" in "".join(class_page(Gradebook(out), telling())), "the class's page is not a student's"


def test_no_template_escapes_nothing(out):
    """What a program chose is never markup: of the pages' own elements there are as many as without it."""
    mallory = next(entry for entry in Gradebook(out) if entry.id == "mallory")
    page = student_page(mallory, telling())
    pages = page + "".join(class_page(Gradebook(out), telling()))
    assert page.count("<script>") == page.count("</script>") == 1
    assert "<img" not in pages
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in pages
    assert "7*7" in pages, "and nothing was worked out"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", pages)
    assert "/etc/passwd" not in page
    assert "root:" not in page


def test_events_are_read_below_the_evidence_only(out):
    (out / "secret.jsonl").write_bytes((out / "evidence/john/bank.right.jsonl").read_bytes())
    (out / "evidence" / "link.jsonl").symlink_to(out / "secret.jsonl")
    for name, drawn in (
        ("evidence/john/bank.right.jsonl", True),
        ("secret.jsonl", False),
        ("evidence/../secret.jsonl", False),
        ("evidence/link.jsonl", False),
        (str(out / "secret.jsonl"), False),
        ("evidence", False),
        ("evidence/john/nothing.jsonl", False),
    ):
        (out / "evidence" / "john.json").write_text(f'{{"spawn.reaps": {{"events": "{name}"}}}}')
        john = next(entry for entry in Gradebook(out) if entry.id == "john")
        assert ("<figure" in student_page(john, telling())) is drawn, name


def test_a_run_that_several_checks_are_about_is_drawn_once(out):
    john = next(entry for entry in Gradebook(out) if entry.id == "john")
    page = student_page(john, telling())
    assert page.count("<figure") == 1
    assert "The same run as of “Every child is reaped”." in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", False),
        (b"no log\n", False),
        (b'{"v":1}\n', False),
        (b"\xff\xfe" * 100, False),
        (b"x" * (5 << 20), True),
    ],
)
def test_a_log_that_is_none_shows_nothing_and_one_that_is_too_large_is_said(out, data, said):
    (out / "evidence/john/spawn.reaps.jsonl").write_bytes(data)
    (out / "evidence/john/bank.right.jsonl").write_bytes(data)
    john = next(entry for entry in Gradebook(out) if entry.id == "john")
    page = student_page(john, telling())
    assert "<figure" not in page
    assert ("too large to be drawn" in page) is said


def test_what_is_ours_shows_no_points(out):
    ours = next(entry for entry in Gradebook(out) if entry.id == "ours")
    page = student_page(ours, telling())
    assert "it is no grade" in page
    assert "Points:" not in page
    assert not re.search(r"\d of \d", page)


def test_of_a_file_that_is_missing_one_card_speaks_for_all_checks():
    seen = (classes.Seen("missing", {"file": "spawn.py"}),)
    results = [classes.result(f"spawn.check{n}", "MISSING", seen=seen) for n in range(4)]
    page = student_page(Entry("x", classes.record("X", *results)), telling())
    assert page.count("<article") == 1
    assert page.count("file missing") == 5  # four in the list, one on the card


def test_the_policy_names_what_is_there_and_no_other(out):
    john = next(entry for entry in Gradebook(out) if entry.id == "john")
    for page in (student_page(john, telling()), "".join(class_page(Gradebook(out), telling()))):
        policy = re.findall('Content-Security-Policy" content="([^"]*)"', page)[0]
        assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
        assert "unsafe" not in policy
        assert not re.search(r"""\s(style|on\w+)\s*=\s*["']""", page.replace(HOSTILE, ""))
        assert not re.search(r"""(src|href)\s*=\s*["'](https?:|//|data:)""", page)


# ---------------------------------------------------------------- what docs/grading.md says of it

DOCUMENT = (ROOT / "docs" / "grading.md").read_text("utf-8")
EXPORTS = sorted({*outputs.PER_SUBMISSION, *outputs.PER_CLASS})


def undocumented(document):
    return [path for path in EXPORTS if f"`{path.format(id='ID')}`" not in document]


def test_every_export_is_in_the_docs():
    assert undocumented(DOCUMENT) == []
    assert undocumented(DOCUMENT.replace("`junit.xml`", "JUnit")) == ["junit.xml"]


def test_the_way_from_the_zip_to_the_filled_table_is_five_commands_that_there_are():
    (block,) = re.findall(r"^```\n(git clone.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    lines = block.splitlines()
    assert len(lines) == 5
    targets = repo.targets((ROOT / "Makefile").read_text("utf-8"))
    assert {line.split()[1] for line in lines if line.startswith("make")} == {"image", "grade", "fill"} & set(targets)


def test_the_workflows_of_the_docs_are_workflows():
    whole, points = (
        yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    )
    steps = [*whole["jobs"]["check"]["steps"], *points]
    commands = [
        words for step in steps if "run" in step for words in re.findall(r"^ *make (.*)$", step["run"], re.MULTILINE)
    ]
    targets = repo.targets((ROOT / "Makefile").read_text("utf-8"))
    assert [word for line in commands for word in line.split() if "=" not in word and word not in targets] == []
    assert len(commands) == 2
    ours = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert {step["uses"] for step in whole["jobs"]["check"]["steps"] if "uses" in step} <= set(
        re.findall(r"uses: (\S+)", ours)
    )
