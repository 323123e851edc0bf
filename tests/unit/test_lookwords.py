"""A look in the other language."""

from proclab.live.look import heading, picture
from proclab.live.phrases import Phrases
from proclab.procfs.objects import Objects
from proclab.procfs.sample import Sample
from proclab.words import catalogue
from tests.unit.lab_samples import READ, WAIT4, pipe, process, sample


def russian(seen):
    objects = Objects()
    objects.look([seen])
    return picture([seen], Phrases(objects, "ru"))


def test_numbers_and_variants():
    words = catalogue("ru")
    assert [words.count(n, "look.process") for n in (1, 2, 5, 11, 21)] == [
        "1 процесс",
        "2 процесса",
        "5 процессов",
        "11 процессов",
        "21 процесс",
    ]
    assert [catalogue("en").count(n, "look.process") for n in (0, 1, 2)] == ["0 processes", "1 process", "2 processes"]
    assert words.variant("look.state", "R", letter="R") == "выполняется"
    assert words.variant("look.state", "?", letter="?") == "состояние ?"
    assert words.say("look.child", child=9) == "ждёт потомка 9"


def test_the_same_look_in_russian():
    family = sample(
        process(8, 7, pipe(3, "read"), syscall=READ),
        process(9, 8, pipe(4, "write"), syscall=WAIT4),
        process(10, 9, state="Z"),
    )
    assert heading("lab 3", [family], "ru").endswith(": 3 процесса, 1 зомби")
    assert russian(family) == [
        "1 docker-init: init контейнера",
        "└─7 run.py: служебный процесс proclab",
        "  └─8 python /lab/a.py: ждёт в read, fd 3 (pipe1)",
        "    │   fd 3 ← pipe1: конец для записи: 9 a fd 4",
        "    └─9 python /lab/a.py: ждёт любого потомка",
        "      │   fd 4 → pipe1: конец для чтения: 8 a fd 3",
        "      └─10 python: ЗОМБИ (код завершения 0; родитель 9 не вызвал для него wait)",
    ]


def test_nothing_runs():
    assert heading("lab 3", [], "ru") == "lab 3: ничего не выполняется"
    assert russian(Sample("b", 1, "x86_64", ())) == []
