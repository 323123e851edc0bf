"""lab.toml → records: what is read, and every mistake that is refused with its place."""

import copy
from pathlib import Path

import pytest

from proclab import ROOT
from proclab.labs.lab import LabError, discover, in_language, parse, read

FOLDER = Path("labs/1-processes")
BOTH = {"en": "a", "ru": "б"}


def table(*steps, **scene):
    return {
        "title": BOTH,
        "services": ["lab-1", "other"],
        "demo": [{"name": "fork", "title": BOTH, "scene": [{"step": list(steps), **scene}]}],
    }


START = {"do": "start"}
WAIT = {"do": "wait", "line": r"child=(?P<child>\d+)"}


def test_steps_become_records_with_the_labs_own_service_as_default():
    lab = parse(table(START, WAIT, {"do": "panel", "run": "ps -p {demo},{child}", "say": BOTH}), FOLDER)
    scene = lab.demos[0].scenes[0]
    assert (lab.number, scene.service, scene.demo) == (1, "lab-1", "fork")
    assert [step.do for step in scene.steps] == ["start", "wait", "panel"]
    assert scene.steps[2].say == BOTH


def test_a_scene_may_name_another_service_and_its_pid_1():
    lab = parse(table({"do": "signal", "signal": "TERM", "to": "{pid1}"}, service="other", pid1=["fork"]), FOLDER)
    assert (lab.demos[0].scenes[0].service, lab.demos[0].scenes[0].pid1) == ("other", ("fork",))


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([{"do": "dance"}], "do = 'dance'"),
        ([{}], "do = None"),
        ([START, {"do": "wait"}], "lacks line"),
        ([START, {"do": "wait", "line": "x", "lien": 1}], "unknown lien"),
        ([START, {"do": "wait", "line": "("}], "no regular expression"),
        ([START, {"do": "panel", "run": "ps", "see": ["["]}], "no regular expression"),
        ([WAIT], "no program 'demo' has been started"),
        ([START, {"do": "send", "line": "", "of": "writer"}], "no program 'writer'"),
        ([START, {"do": "panel", "run": "lsof -p {child}"}], "nothing before gives a value to ['child']"),
        ([START, {"do": "end", "say": {"en": "only"}}], "needs both en and ru"),
        ([START, {"do": "end", "say": {"en": "a", "ru": "b", "DE": "c"}}], "'DE' is not"),
        ([START, {"do": "end", "say": {"en": "a", "ru": "b", "de": ""}}], "needs both en and ru"),
    ],
)
def test_a_mistake_in_a_step_is_named_with_its_place(steps, complaint):
    with pytest.raises(LabError) as caught:
        parse(table(*steps), FOLDER)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"1-processes/fork[0] step {len(steps) - 1}")


@pytest.mark.parametrize("key", ["title", "services", "demo"])
def test_a_lab_lacks_nothing(key):
    broken = copy.deepcopy(table(START))
    del broken[key]
    with pytest.raises(LabError, match=f"lacks {key}"):
        parse(broken, FOLDER)


def test_a_lab_without_services_is_refused():
    with pytest.raises(LabError, match="services is empty"):
        parse(table(START) | {"services": []}, FOLDER)


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    (tmp_path / "lab.toml").write_text("title = {")
    with pytest.raises(LabError, match=r"lab\.toml"):
        read(tmp_path)


def test_a_demo_without_its_program_is_refused(tmp_path):
    folder = tmp_path / "1-x"
    folder.mkdir()
    (folder / "lab.toml").write_text(
        'title = {en = "a", ru = "b"}\nservices = ["lab-1"]\n[[demo]]\nname = "gone"\ntitle = {en = "a", ru = "b"}\n'
        '[[demo.scene]]\n[[demo.scene.step]]\ndo = "start"\n'
    )
    with pytest.raises(LabError, match=r"there is no demos/gone\.py"):
        read(folder)


def test_all_labs_of_the_checkout_are_found_in_order():
    assert [lab.number for lab in discover(ROOT)] == [1, 2, 3, 4, 5]


def test_a_text_may_be_in_a_further_language_and_is_english_where_it_is_not():
    text = BOTH | {"de": "drei"}
    scene = parse(table(START | {"say": text}), FOLDER).demos[0].scenes[0]
    assert scene.steps[0].say == text
    assert [in_language(text, lang) for lang in ("de", "ru", "fr")] == ["drei", BOTH["ru"], BOTH["en"]]
    assert in_language({}, "de") == ""


TASK = {"name": "spawn", "title": BOTH, "files": ["spawn.py", "help.py"]}


def test_a_labs_tasks_name_the_files_that_are_kept_the_program_first():
    (task,) = parse(table(START) | {"task": [TASK]}, FOLDER).tasks
    assert (task.name, task.main, task.files) == ("spawn", "spawn.py", ("spawn.py", "help.py"))
    assert parse(table(START), FOLDER).tasks == ()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Spawn"}, "lower-case"),
        ({"files": []}, "files names"),
        ({"files": ["../spawn.py"]}, "files names"),
        ({"points": 3}, "unknown points"),
    ],
)
def test_a_mistake_in_a_task_is_named(change, complaint):
    with pytest.raises(LabError, match=complaint):
        parse(table(START) | {"task": [TASK | change]}, FOLDER)


def test_a_task_without_its_starter_is_refused(tmp_path):
    folder = tmp_path / "1-x"
    (folder / "demos").mkdir(parents=True)
    (folder / "demos" / "a.py").touch()
    text = (
        'title = {en = "a", ru = "b"}\nservices = ["lab-1"]\n[[demo]]\nname = "a"\ntitle = {en = "a", ru = "b"}\n'
        '[[demo.scene]]\n[[demo.scene.step]]\ndo = "start"\n'
        '[[task]]\nname = "t"\ntitle = {en = "a", ru = "b"}\nfiles = ["t.py"]\n'
    )
    (folder / "lab.toml").write_text(text)
    with pytest.raises(LabError, match=r"there is no tasks/t\.py"):
        read(folder)
    (folder / "tasks").mkdir()
    (folder / "tasks" / "t.py").touch()
    assert [task.name for task in read(folder).tasks] == ["t"]
