"""What the live page offers to record: every demo, and the user's own programs that run."""

import shlex
from pathlib import Path

from proclab.labs import Demo, Lab
from proclab.live.choices import choices
from tests.unit.samples import look, process

RUN = ("python", "-EsS", "/usr/lib/proclab/run.py")  # followed by the program
DEMOS = tuple(Demo(name, {"en": f"{name} in words", "ru": f"{name} словами"}, (), ()) for name in ("one", "two"))
LAB = Lab(1, Path("labs/1-x"), {"en": "X", "ru": "Х"}, ("lab-1",), DEMOS)
FOLDERS = {"lab-1": "/srv/my work"}


def keys(*processes, folders=FOLDERS):
    return {choice.key: choice.now for choice in choices(LAB, [look(*processes)], folders)}


def test_every_demo_is_offered_and_those_that_run_are_named():
    assert keys() == {"one": False, "two": False}
    assert keys(process(7, argv=("python", "/lab/demos/two.py", "x"))) == {"one": False, "two": True}


def test_a_program_of_the_users_is_offered_with_the_hosts_path_and_its_arguments():
    found = choices(LAB, [look(process(7, argv=(*RUN, "/lab/run/my.py", "5", "a b")))], FOLDERS)[0]
    assert shlex.split(found.wish["RUN"]) == ["/srv/my work/my.py", "5", "a b"]
    assert found.plain()[1:] == [["my.py", "my.py"], 1]


def test_what_its_child_runs_is_offered_once_and_other_programs_not():
    own = process(7, argv=(*RUN, "/lab/run/my.py")), process(8, 7, argv=("python", "my.py")), process(9, 8)
    assert [key for key in keys(*own) if key.startswith("run")] == ["run '/srv/my work/my.py'"]
    others = ("cat", "x", "/lab/run/my.py"), (*RUN, "/lab/run/a/../../etc"), (*RUN, "/lab/demos/x.py"), RUN, ()
    for argv in others:
        assert [key for key in keys(process(7, argv=argv)) if key.startswith("run")] == []


def test_where_the_folder_is_not_known_nothing_of_it_is_offered():
    assert keys(process(7, argv=(*RUN, "/lab/run/my.py")), folders={}) == {"one": False, "two": False}


def test_a_demo_is_told_with_its_title_in_both_languages():
    assert choices(LAB, [], {})[0].plain() == ["one", ["one: one in words", "one: one словами"], 0]
