"""What is checked of the tasks of lab 5; the words are in checks.toml. A line says when it is time for a signal."""

from collections.abc import Callable

from proclab.grading import CheckFailed, Done, Live, Student, Verdict, check

RED, PID_FILE = {"graceful.conf": "red\n"}, "graceful.pid"
IN_WORK, EOF = ("^ready", "a\none\n", "^begun a$"), ""
WANTED = "import os, signal as s; wanted = [s.SIGHUP, s.SIGTERM]; s.pthread_sigmask(s.SIG_BLOCK, wanted); "
PAIR = f"""{WANTED}child = os.fork(); print('ready', flush=True); \
[print('hup', flush=True) for _ in iter(lambda: s.sigwait(wanted), s.SIGTERM)]; \
print('term', flush=True); os._exit(9 if child and os.wait() else 0)"""
LOOK = "import os, signal as s; print('own', os.getpgrp() == os.getpid(), len(s.pthread_sigmask(s.SIG_BLOCK, [])))"


def steps(*script: str) -> Callable[[Live], None]:
    """^line is waited for, ^^line twice, Z3: for 3 zombies; !SIGNAL goes to the program, !!SIGNAL to its group."""

    def live(program: Live) -> None:
        program.heard["pid"] = program.pid
        for step in script:
            if step.startswith("^"):
                for _ in range(step.count("^")):
                    program.wait_for_line(f"^{step.lstrip('^')}")
            elif step.startswith("!"):
                program.signal(step.lstrip("!"), group=step.startswith("!!"))
            elif step.startswith("Z"):
                program.wait_for_zombies(int(step.lstrip("Z")))
            elif step == EOF:
                program.end_input()
            else:
                program.send(step)

    live.__qualname__ = f"steps{script}"  # the same steps are the same run
    return live


def sleeps(program: Student, *args: str, live: Callable[[Live], None] | None = None) -> None:
    """Left alone, it comes to the limit for doing nothing, and not to one for processor time or system calls."""
    done = program(*args, live=live, wait=0.3, cpu=1)
    done = done if done.out else program(*args, live=live, cpu=1)  # a busy machine had not even started it
    done.prints("^(job|ready)").must(done.outcome.timeout == "idle", "awake")


@check("graceful")
def files_notes(graceful: Student) -> None:
    done = graceful(stdin="a\none\ntwo\n\nb\n\n", files=RED, take=("a", "b"))
    done.exits(0).prints_in_order("^ready red$", "^begun a$", "^done a red$", "^begun b$", "^done b red$", "^bye$")
    done.must(done.files["a"] == "one\ntwo\n" and done.files["b"] == "", "note_wrong").leaves_no_file(PID_FILE)
    cut = graceful(files=RED, take=(PID_FILE,), live=steps("^ready", "!KILL"))
    cut.must((cut.files[PID_FILE] or "").strip() == str(cut.heard["pid"]), "pid_wrong")


@check("graceful", points=2, after="files_notes")
def finishes(graceful: Student) -> None:
    done = graceful(files=RED, take=("a",), live=steps(*IN_WORK, "!TERM", "^leaving$", "two\n\n"))
    done.exits(0).prints_in_order("^leaving$", "^done a red$", "^bye$").leaves_no_file(PID_FILE)
    done.must(done.files["a"] == "one\ntwo\n", "note_wrong")


@check("graceful", points=2, after="files_notes")
def leaves_when_idle(graceful: Student) -> None:
    done = graceful(files=RED, take=("a",), live=steps(*IN_WORK, "\n", "^done a ", "!TERM"))
    done.exits(0).prints("^bye$").leaves_no_file(PID_FILE)


@check("graceful", points=2, after="finishes")
def second_term(graceful: Student) -> None:
    done = graceful(files=RED, take=("a",), live=steps(*IN_WORK, "!TERM", "^leaving$", "!TERM"))
    done = done if done.signal == "SIGTERM" else done.exits(143)
    done.never_prints("^done a").must(done.files["a"] is None, "note_finished")


@check("graceful", points=2, after="files_notes")
def reloads(graceful: Student) -> None:
    new = ("graceful.conf\nblue\n\n", "^done graceful.conf ", "!HUP", "^config", "b\n\n", EOF)  # filed as a note
    done = graceful(files=RED, take=("a",), live=steps(*IN_WORK, "!HUP", "^config", "two\n\n", *new))
    done.exits(0).prints_in_order("^begun a$", "^config red$", "^done a red$", "^config blue$", "^done b blue$")
    done.must(done.files["a"] == "one\ntwo\n", "note_wrong")


@check("reaper", points=2)
def reports(reaper: Student) -> None:
    done = reaper(live=steps("bg 3\n", "^^^job ", "kill 2\n", "^ended 2 ", "kill 1\n", "^ended 1 ", EOF)).exits(0)
    done.prints_in_order("^ended 2 137$", "^ended 1 137$", "^ended 3 3$", "^bye$")
    sleeps(reaper, live=steps("bg 1\n", "^job "))


@check("reaper")
def leaves(reaper: Student) -> None:
    done = reaper(stdin="bg 2\n").exits(0).leaves_nobody().reaps_all()
    done.prints("^ended 1 1$", times=1).prints("^ended 2 2$", times=1).must(done.lines[-1:] == ["bye"], "bye_not_last")


@check("reaper", points=3)
def none_lost(reaper: Student) -> None:
    stopped = ("!STOP", "!!INT", "^^^^^^^^gone ", "Z8", "!CONT")  # so that the SIGCHLDs of all become one
    done = reaper(live=steps("bg 8\n", "^^^^^^^^job ", *stopped, "^^^^^^^^ended ", EOF))
    if any(found.kind == "unreaped" and not found.parent_ended for found in done.findings):  # it sleeps over zombies
        raise CheckFailed(Verdict.ZOMBIE, "lost")
    done.exits(0).reaps_all()
    for number in range(1, 9):
        done.prints(f"^ended {number} {number}$", times=1)


@check("reaper", points=2, after="leaves")
def foreground(reaper: Student) -> None:
    stopped = ("!STOP", "!!INT", "^^^gone ", "Z3", "!CONT")  # so that it has ended before anybody can wait for it
    done = reaper(live=steps("bg 2\nfg\nbg 1\n", "^^^job ", *stopped, "^fg 3 ", EOF)).exits(0).reaps_all()
    done.prints_in_order("^fg 3 3$", "^job 4 ", "^ended 4 4$").prints("^fg", times=1).never_prints("^ended 3")
    done.prints("^ended 1 1$", times=1).prints("^ended 2 2$", times=1)


def late(timeout: Student, script: str) -> Done:
    """The time is up when the script stands where it says `ready`. On a machine that is too slow for it: later."""
    done = timeout("0.3", "sh", "-c", script)
    return done if "ready" in done.lines else timeout("5", "sh", "-c", script, wait=10)


@check("timeout", points=2)
def passes_status(timeout: Student) -> None:
    timeout("20", "sh", "-c", "cat; exit 7", stdin="hello\n").exits(7).prints("^hello$")
    timeout("20", "sh", "-c", "kill -KILL $$").exits(137)
    timeout("20", "no-such-command").exits(127)


@check("timeout")
def starts_clean(timeout: Student) -> None:
    done = timeout("20", "python3", "-c", LOOK).exits(0)
    done.must("own True" in done.out, "group_shared").must("own True 0" in done.lines, "mask_inherited")


@check("timeout", points=2)
def time_is_up(timeout: Student) -> None:
    done = late(timeout, 'trap "echo term; exit 3" TERM; echo ready; sleep 60 & wait').exits(124)
    done.prints_in_order("^ready$", "^term$")
    sleeps(timeout, "20", "sh", "-c", "echo ready; exec sleep 60")


@check("timeout", points=2, after="time_is_up")
def kills(timeout: Student) -> None:
    late(timeout, 'trap "" TERM; echo ready; sleep 60 & wait').exits(124).prints("^ready$")
    late(timeout, '(trap "" TERM; echo ready; exec sleep 60) & wait').exits(124).prints("^ready$").leaves_nobody()


@check("timeout", points=2)
def passes_signals(timeout: Student) -> None:
    done = timeout("20", "python3", "-c", PAIR, live=steps("^^ready$", "!HUP", "^^hup$", "!TERM")).exits(9)
    done.prints("^hup$", times=2).prints("^term$", times=2).leaves_nobody()
