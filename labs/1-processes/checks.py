"""What is asked of spawn, tree and shell. What is said about it stands in checks.toml."""

import re

from proclab.events import Exit
from proclab.grading import CheckFailed, Live, Student, Verdict, check
from proclab.grading.facts import forked, handed_on, never_closed, numbers, reaped

REPORT, NODE, TRACE = r"^\d+ \d+$", r"^\d+ \d+ \d+$", "Traceback (most recent call last)"
STAYS = '[ "$0" = 1 ] && read line; exit "$0"'  # child 1 until there is input, the others not
SEVEN, KILLED = "sh -c exit${IFS}7\n", "sh -c kill${IFS}-KILL${IFS}$$\n"  # three words each: sh is to split the third
LAST = f"{SEVEN}echo $?\n{KILLED}echo $?\nno-such-program\necho $?\ntrue\necho $?\n{SEVEN}  "
FOLDERS = "mkdir deep\ncd deep\npwd\ncd nowhere\necho $?\ncd\npwd\nexit 3\necho too late\n"
LONG, SHORT = "echo long and longer > file\n", "echo short > file\n"
FILES = f"{LONG}cat < file\n{SHORT}cat < file > copy\ncat < copy\ncat < missing\necho $?\necho last\n"


@check("spawn", points=2)
def reports(spawn: Student) -> None:
    done = spawn("4").exits(0).prints(REPORT, times=4)
    got = sorted(status for _, status in numbers(done.lines, 2))
    done.must(got == [1, 2, 3, 4], "statuses", got=str(got))
    done.must({pid for pid, _ in numbers(done.lines, 2)} <= {child.pid for child in forked(done.events)}, "strangers")


@check("spawn", points=2, after="reports")
def reaps(spawn: Student) -> None:
    spawn("4").reaps_all().leaves_nobody()


def first_stays(program: Live) -> None:
    for _ in (2, 3):
        program.wait_for_line(r"^\d+ [23]$")
    program.end_input()


@check("spawn", points=2, after="reports")
def as_each_ends(spawn: Student) -> None:
    done = spawn("3", "sh", "-c", STAYS, live=first_stays)
    if done.outcome.timeout == "idle":  # it waits for child 1, and nothing has come of 2 and 3
        if len(forked(done.events)) < 3:
            raise CheckFailed(Verdict.FAIL, "in_turn")
        raise CheckFailed(Verdict.FAIL, "kept_back") if reaped(done.events) else CheckFailed(Verdict.ZOMBIE, "in_order")
    done.exits(0).prints(REPORT, times=3)


@check("spawn", points=2)
def statuses(spawn: Student) -> None:
    spawn("2", "sh", "-c", "kill -KILL $$").exits(0).prints(r"^\d+ 137$", times=2)
    spawn("2", "no-such-program").exits(0).prints(r"^\d+ 127$", times=2).prints(REPORT, times=2)


@check("spawn", points=2, visibility="hidden")
def failing_fork(spawn: Student) -> None:
    done = spawn("5", plan="fork:EAGAIN@3")
    made = len(forked(done.events))
    done.exits(0 if made == 5 else 1).must(made >= 2, "made", got=made)  # more: tried again, or several threads fork
    done.must(numbers(done.lines, 2) or TRACE not in done.err, "traceback", verdict="CRASH", wanted=1)
    done.prints(REPORT, times=made).reaps_all()


@check("tree", points=2)
def prints(tree: Student) -> None:
    done = tree("2", "2").exits(0).prints(NODE, times=7)
    got = sorted(level for level, _, _ in numbers(done.lines, 3))
    done.must(got == [0, 1, 1, 2, 2, 2, 2], "levels", got=str(got))


@check("tree", points=2, after="prints")
def kinship(tree: Student) -> None:
    done = tree("2", "2")
    known = {(child.pid, parent.pid) for child, parent in forked(done.events).items()}
    levels = {pid: level for level, pid, _ in numbers(done.lines, 3)}
    below = [(level, pid, parent) for level, pid, parent in numbers(done.lines, 3) if level]
    done.must(all((pid, parent) in known for _, pid, parent in below), "made_up")
    done.must(all(levels.get(parent) == level - 1 for level, _, parent in below), "wrong_level")


@check("tree", points=2)
def waits(tree: Student) -> None:
    done = tree("2", "2")
    done.must(forked(done.events).items() <= reaped(done.events).items(), "left_alone", verdict="ZOMBIE")
    done.must(len(forked(done.events)) >= 6, "no_tree").ends().reaps_all().leaves_nobody()


@check("tree", points=2, after="prints")
def counts(tree: Student) -> None:
    done = tree("2", "2").prints(r"^total 7$", times=1)
    own = {pid for level, pid, _ in numbers(done.lines, 3) if level}
    ends = sorted(event.code or 0 for event in done.events if isinstance(event, Exit) and event.proc.pid in own)
    done.must(ends == [1, 1, 1, 1, 3, 3], "sizes", got=str(ends))
    tree("3", "1").exits(0).prints(NODE, times=4).prints(r"^total 4$", times=1)
    tree("0", "3").exits(0).prints(NODE, times=1).prints(r"^total 1$", times=1)


@check("tree", points=2, visibility="hidden")
def stunted(tree: Student) -> None:
    done = tree("1", "3", plan="fork:EAGAIN@3")
    made = len(forked(done.events))
    done.exits(0 if made == 3 else 1).must(made >= 2, "made", got=made)
    done.must("total" in done.out or TRACE not in done.err, "traceback", verdict="CRASH", wanted=1)
    done.prints(NODE, times=made + 1).prints(rf"^total {made + 1}$", times=1).reaps_all()


def one_by_one(program: Live) -> None:
    for word in ("one", "two"):
        program.send_line(f"echo {word}\n ")  # and a line without a word
        program.wait_for_line(f"^{word}$")
    program.end_input()


@check("shell", points=2)
def runs(shell: Student) -> None:
    done = shell(live=one_by_one)
    if done.outcome.timeout == "idle":  # it waits for input, and has not done what it could
        raise CheckFailed(Verdict.FAIL, "later")
    done.exits(0).prints_exactly("one\ntwo\n").reaps_all().leaves_nobody()


@check("shell", points=2)
def last_status(shell: Student) -> None:
    shell(stdin=LAST).exits(7).prints_exactly("7\n137\n127\n0\n")


@check("shell", points=2)
def built_ins(shell: Student) -> None:
    done = shell(stdin=FOLDERS, env={"HOME": "/tmp"}).exits(3)
    done.prints_in_order("/deep$", "^1$", "^/tmp$").never_prints("too late")
    shell(stdin="false\nexit\necho too late\n").exits(1).prints_exactly("")


@check("shell", points=2)
def redirects(shell: Student) -> None:
    done = shell(stdin=FILES, take=("file", "copy")).exits(0)
    done.prints_exactly("long and longer\nshort\n1\nlast\n")
    done.must(done.files == {"file": "short\n", "copy": "short\n"}, "contents")


@check("shell", points=2, after="redirects")
def descriptors(shell: Student) -> None:
    done = shell(stdin="echo word > in\n" + "cat < in > out\n" * 8).exits(0)
    extra = handed_on(done.events)
    done.must(not extra, "handed_on", verdict="FD_LEAK", fds=" ".join(map(str, extra)))
    done.must(never_closed(done.events, "in") < 4, "kept_open", verdict="FD_LEAK")


@check("shell", points=2, visibility="hidden")
def survives(shell: Student) -> None:
    done = shell(stdin="echo a\necho b\necho $?\nexit 0\n", plan="fork:EAGAIN@2").exits(0)
    done.must(re.fullmatch(r"a\n(b\n0|[1-9]\d*)\n", done.out), "not_run")
