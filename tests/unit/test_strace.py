"""What the events of a log say: small logs written for one fact each, and facts of the real recordings."""

from __future__ import annotations

import json

import pytest

from proclab.events import (
    Accept,
    Block,
    Close,
    Connect,
    Dup,
    Exec,
    Exit,
    FdFlags,
    Fork,
    Gap,
    Inherit,
    Killed,
    LockGot,
    LockReleased,
    LockWait,
    Note,
    Open,
    Pipe,
    Read,
    Run,
    SigDeliver,
    SigHandler,
    SigMask,
    SigSend,
    SigTake,
    Start,
    Stopped,
    Task,
    Thread,
    ThreadExit,
    Wait,
    Write,
)
from proclab.strace import Program, read, read_folder
from proclab.strace.lines import parse
from proclab.strace.steps import nanoseconds
from tests.unit import recordings
from tests.unit.strace_logs import PARENT, events, log, of

# --- processes ---


@pytest.mark.parametrize(
    ("call", "vfork", "files"),
    [
        ("fork() = 9", False, False),
        ("vfork() = 9", True, False),
        ("clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 9", False, False),
        ("clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x1}, 88) = 9", True, False),
        ("clone3({flags=CLONE_FILES, exit_signal=SIGCHLD} => {parent_tid=[0]}, 88) = 9", False, True),
    ],
)
def test_fork_in_every_form(call, vfork, files):
    found = events(t8=f"{PARENT}\n 3 {call} <0.001>", t9="4 close(4) = 0\n 5 +++ exited with 0 +++")
    fork = of(Fork, found)[0]
    assert (fork.child, fork.vfork, fork.files) == (Task(9), vfork, files)
    assert of(Close, found)[0].obj == "pipe1"
    assert of(Close, found)[0].last is files  # without CLONE_FILES the parent has its own copy of the write end


def test_clone3_refused_then_clone():
    refused = "clone3({flags=CLONE_VM}, 88) = -1 ENOSYS (Function not implemented)"
    found = events(t8=f"{PARENT}\n3 {refused}\n4 fork() = 9")
    assert [(fork.child, fork.error) for fork in of(Fork, found)] == [(None, "ENOSYS"), (Task(9), "")]


def test_a_thread_is_no_process():
    found = events(
        t8=f"{PARENT}\n3 clone(child_stack=0x7, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 9\n9 +++ exited with 0 +++",
        t9="4 close(4) = 0\n5 exit(0) = ?\n6 +++ exited with 0 +++",
    )
    assert of(Thread, found)[0].child == Task(9)
    close = of(Close, found)[0]
    assert (close.task, close.proc, close.last) == (Task(9), Task(8), True)
    assert of(ThreadExit, found)[0].called
    assert [exit_.task for exit_ in of(Exit, found)] == [Task(8)]


def test_a_child_seen_before_fork_returns_comes_after_it():
    found = events(
        t8=f"{PARENT}\n 3 fork() = 9 <0.004>\n 8 wait4(9, NULL, 0, NULL) = 9",
        t9="2 close(3) = 0\n 4 exit_group(3) = ?\n 9 +++ exited with 3 +++",
    )
    kinds = [(event.kind, event.task.pid) for event in found if event.kind in ("fork", "close", "exit", "wait")]
    assert kinds == [("fork", 8), ("close", 9), ("exit", 9), ("wait", 8)]
    wait = of(Wait, found)[0]
    assert (wait.child, wait.how, wait.code, wait.reaped) == (Task(9), "exited", 3, True)
    assert found[wait.cause[0]].kind == "exit"


def test_a_pid_used_again_is_another_task():
    child = '{0} read(3, "x", 1) = 1\n{1} +++ exited with {2} +++'
    found = events(
        t8=f"{PARENT}\n3 fork() = 9\n6 wait4(9, NULL, 0, NULL) = 9\n7 fork() = 9\n20 wait4(9, NULL, 0, NULL) = 9",
        t9=child.format(4, 5, 1) + "\n" + child.format(8, 9, 2),
    )
    assert [fork.child for fork in of(Fork, found)] == [Task(9, 1), Task(9, 2)]
    assert [(wait.child, wait.code) for wait in of(Wait, found)] == [(Task(9, 1), 1), (Task(9, 2), 2)]


def test_attempts_to_exec_are_told_with_the_one_that_succeeds():
    attempt = 'execve("{}/ls", ["ls"], 0x1 /* 1 var */) = -1 ENOENT (No such file or directory)'
    found = events(
        t8=f"""
    1 {attempt.format("/a")}
    2 {attempt.format("/b")}
    3 execve("/bin/ls", ["ls", "-l, \\"x\\""...], 0x1 /* 1 var */) = 0
    4 {attempt.format("/c")}
    5 exit_group(127) = ?"""
    )  # the attempt is told even so
    first, second = of(Exec, found)
    assert (first.path, first.argv, first.failed) == ("/bin/ls", ("ls", '-l, "x"'), ("/a/ls: ENOENT", "/b/ls: ENOENT"))
    assert (second.path, second.error) == ("/c/ls", "ENOENT")


def test_exec_from_a_thread():
    found = recordings.events("yy-exec_thread")
    exec_ = of(Exec, found)[-1]
    main = exec_.proc
    assert (exec_.task, exec_.path) == (main, "/bin/echo")
    assert len(exec_.ended) >= 1
    assert [exit_.task for exit_ in of(Exit, found)] == [main]


@pytest.mark.parametrize("log_name", ["f-exec_thread", "yy-exec_thread"])
def test_exec_from_a_thread_ends_no_process_and_leaves_no_loose_end(log_name):
    found = recordings.events(log_name)
    assert "incomplete" not in [gap.code for gap in of(Gap, found)]


@pytest.mark.parametrize(
    ("status", "how", "code", "sig"),
    [
        ("[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]", "exited", 3, ""),
        ("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]", "killed", None, "SIGKILL"),
        ("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]", "killed", None, "SIGSEGV"),
        ("[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]", "stopped", None, "SIGSTOP"),
        ("[{WIFCONTINUED(s)}]", "continued", None, ""),
    ],
)
def test_wait_status(status, how, code, sig):
    wait = of(Wait, events(t8=f"{PARENT}\n3 wait4(9, {status}, 0, NULL) = 9"))[0]
    assert (wait.how, wait.code, wait.sig, wait.reaped) == (how, code, sig, how in ("exited", "killed"))
    assert (wait.pid, wait.child) == (9, None)


def test_what_was_waited_for_with_wnowait_is_still_a_zombie():
    waits = [wait for wait in of(Wait, recordings.events("yy-signals")) if "WEXITED" in wait.options]
    assert [wait.reaped for wait in waits] == [False, True]
    assert waits[0].child == waits[1].child


# --- descriptors ---


def test_every_copy_of_a_descriptor_has_the_same_description():
    found = [event for event in recordings.events("yy-dups") if event.own]
    pipe = of(Pipe, found)[0]
    copies = {dup.to.of for dup in of(Dup, found) if dup.obj == pipe.obj}
    assert copies == {pipe.read.of, pipe.write.of}
    calls = {dup.call for dup in of(Dup, found)}
    assert calls == {"fcntl", "dup2", "dup3"}
    flags = {(event.call, event.cloexec) for event in of(FdFlags, found)}
    assert {("ioctl", False), ("fcntl", True), ("fcntl", False)} <= flags
    assert {"close_range"} <= {close.call for close in of(Close, found)}


def test_exec_closes_what_is_close_on_exec_and_nothing_else():
    found = recordings.events("yy-dups")
    exec_ = of(Exec, found)[1]
    assert set(exec_.closed) == {4, 6, 41, 50}  # not 3: dup2(2) made it anew


def test_a_descriptor_goes_through_a_socket():
    found = recordings.events("yy-pass_fd")
    pipe = next(pipe for pipe in of(Pipe, found) if pipe.own)
    got = next(event for event in of(Read, found) if event.fds)
    assert [fd.of for fd in got.fds] == [pipe.write.of, pipe.read.of]
    written = next(event for event in of(Write, found) if event.data.startswith("through"))
    assert (written.of, written.obj) == (pipe.write.of, pipe.obj)
    assert found[got.cause[0]].fds


def test_end_of_file_is_caused_by_the_last_close():
    found = recordings.events("yy-pass_fd")
    eof = [event for event in of(Read, found) if event.eof and event.obj == "pipe1"][-1]
    cause = found[eof.cause[0]]
    assert (cause.kind, cause.obj, cause.last) == ("close", "pipe1", True) or cause.kind == "exit"


def test_opens_of_a_fifo_wait_for_each_other():
    found = [event for event in recordings.events("yy-fifo") if event.own]
    opens = [event for event in of(Open, found) if event.what == "fifo"]
    assert {event.obj for event in opens} == {"fifo:/tmp/f"}
    assert len({event.fd.of for event in opens}) == 3
    met = [event for event in opens[:2] if event.cause]
    assert met
    assert next(event for event in of(Read, found) if event.n).data == "through the FIFO"


def test_strings_in_events_are_printable_and_cut():
    written = [event.data for event in of(Write, recordings.events("yy-kinds"))]
    assert 'уничтожен, \\\\ "quoted" <odd>\\n\\x01' in written
    assert "\\xff\\x00) = 5" in written


# --- signals ---


def test_signals_sent_delivered_masked_taken():
    found = recordings.events("yy-signals")
    broken = next(event for event in of(SigDeliver, found) if event.interrupted == "read")
    assert (broken.sig, broken.action) == ("SIGUSR1", "handler")
    assert isinstance(found[broken.cause[0]], SigSend)
    hup = next(event for event in of(SigDeliver, found) if event.sig == "SIGHUP")
    assert len(hup.cause) == 3  # three were sent, one was delivered
    taken = of(SigTake, found)[0]
    assert taken.sig == "SIGTERM"
    assert found[taken.cause[0]].sig == "SIGTERM"
    assert {"SIGHUP", "SIGTERM"} in [set(mask.blocked) for mask in of(SigMask, found) if mask.own]
    assert [killed.sig for killed in of(Killed, found)] == ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGKILL"]
    assert [stopped.sig for stopped in of(Stopped, found)] == ["SIGSTOP"]
    alarm = next(event for event in of(SigDeliver, found) if event.sig == "SIGALRM")
    assert "setitimer" in found[alarm.cause[0]].text
    pipe = next(event for event in of(SigDeliver, found) if event.sig == "SIGPIPE")
    assert found[pipe.cause[0]].error == "EPIPE"
    actions = {(handler.sig, handler.action) for handler in of(SigHandler, found) if handler.own}
    assert {("SIGUSR1", "handler"), ("SIGUSR2", "ignore")} <= actions


@pytest.mark.parametrize(
    ("how", "text", "blocked", "inverted"),
    [
        ("SIG_BLOCK", "[TERM]", ("SIGINT", "SIGTERM"), False),
        ("SIG_UNBLOCK", "[INT TERM]", (), False),
        ("SIG_SETMASK", "[USR1 RT_2]", ("SIGRTMIN", "SIGUSR1"), False),
        ("SIG_SETMASK", "~[KILL STOP]", ("SIGKILL", "SIGSTOP"), True),
        ("SIG_UNBLOCK", "~[]", (), False),
        ("SIG_BLOCK", "~[INT HUP]", ("SIGHUP",), True),
    ],
)
def test_masks_add_up(how, text, blocked, inverted):
    found = events(
        t8=f"{PARENT}\n3 rt_sigprocmask(SIG_SETMASK, [INT], NULL, 8) = 0\n4 rt_sigprocmask({how}, {text}, NULL, 8) = 0"
    )
    mask = of(SigMask, found)[-1]
    assert (mask.blocked, mask.inverted) == (blocked, inverted)


def test_real_time_signals_queue():
    found = events(
        t8=f"""{PARENT}
    3 kill(8, SIGRT_1) = 0
    4 kill(8, SIGRT_1) = 0
    5 --- SIGRT_1 {{si_signo=SIGRT_1, si_code=SI_USER, si_pid=8, si_uid=1}} ---
    6 --- SIGRT_1 {{si_signo=SIGRT_1, si_code=SI_USER, si_pid=8, si_uid=1}} ---"""
    )
    assert [len(event.cause) for event in of(SigDeliver, found)] == [1, 1]


# --- waiting ---


def test_a_call_that_waited_shows_twice_and_one_that_did_not_once():
    found = events(
        t8=f'{PARENT}\n 3 fork() = 9\n 4 read(3, "x", 1) = 1 <0.006>\n 11 read(3, "y", 1) = 1 <0.00001>',
        t9='9 write(4, "xy", 2) = 2 <0.00001>',
    )
    reads, blocks = of(Read, found), of(Block, found)
    assert [event.block for event in reads] == [blocks[0].seq, None]
    assert (blocks[0].on, blocks[0].fds, blocks[0].obj) == ("fd", (3,), "pipe1")
    assert [found[event.cause[0]].kind for event in reads] == ["write", "write"]


def test_a_call_that_never_returns_is_a_block_without_an_end():
    for ending in ("read(3,  <unfinished ...>) = ?", "read(3, 0x7f, 1) = ?", "read(3,  <unfinished ...>"):
        found = events(t8=f"{PARENT}\n3 {ending}\n9 +++ killed by SIGKILL +++")
        block = of(Block, found)[0]
        assert block.dur is None
        assert not of(Read, found)


def test_a_read_that_strace_tells_to_be_over_too_early_waits_for_its_bytes():
    """Half a second is told 0.1 ms short: the read seems to return before the bytes were written."""
    found = events(
        t8=f'{PARENT}\n3 fork() = 9\n4 read(3, "x", 1) = 1 <0.499880000>\n 600 close(3) = 0',
        t9='504 write(4, "x", 1) = 1 <0.00001>',
    )
    assert [event.kind for event in found if event.kind in ("read", "write")] == ["write", "read"]


def test_locks_of_files():
    found = recordings.events("yy-flocks")
    assert [event.lock for event in of(LockGot, found)] == ["file:/tmp/lock"] * 2
    assert isinstance(found[of(LockGot, found)[1].cause[0]], LockReleased)


def test_sleep_and_poll_come_back_as_run():
    found = recordings.events("yy-kinds")
    assert {(run.call, run.ready) for run in of(Run, found) if run.ready} >= {("epoll_wait", (4,)), ("poll", (4,))}


# --- sockets ---


@pytest.mark.parametrize("name", ["yy-sockets", "f-sockets"])
def test_both_ends_of_a_connection_know_each_other(name):
    found = recordings.events(name)
    refused = [event for event in of(Connect, found) if event.error == "ECONNREFUSED"]
    assert [event.addr for event in refused] == ["127.0.0.1:1"]
    accepts = of(Accept, found)
    assert [event.listener != event.obj != event.peer != "" for event in accepts] == [True, True]
    for accept in accepts:
        assert found[accept.cause[0]].obj == accept.peer
        answer = next(event for event in of(Read, found) if event.obj == accept.peer and event.n)
        assert answer.data == "answer to question"
        assert {found[seq].obj for seq in answer.cause} == {accept.obj}
        eof = next(event for event in of(Read, found) if event.obj == accept.obj and event.eof)
        assert found[eof.cause[0]].kind == "shutdown"
    datagram = next(event for event in of(Read, found) if event.data == "datagram")
    assert found[datagram.cause[0]].kind == "write"


def test_a_connection_between_two_containers():
    inet = '{{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("{}")}}'
    server = log(f"""1 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
2 bind(3, {inet.format(50008, "0.0.0.0")}, 16) = 0
3 listen(3, 5) = 0
4 accept4(3, {inet.format(40000, "172.18.0.3")}, [16], SOCK_CLOEXEC) = 4 <0.006>
11 recvfrom(4, "hello", 100, 0, NULL, NULL) = 5 <0.002>
14 close(4) = 0""")
    client = log(f"""5 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
6 connect(3, {inet.format(50008, "172.18.0.2")}, 16) = 0 <0.007>
14 sendto(3, "hello", 5, 0, NULL, 0) = 5 <0.0001>
20 recvfrom(3, "", 100, 0, NULL, NULL) = 0 <0.0001>""")
    found = read([Program({8: server}, box="server"), Program({8: client}, box="client")])
    accept, received = of(Accept, found)[0], of(Read, found)[0]
    assert (accept.box, accept.peer, found[accept.cause[0]].box) == ("server", "sock1", "client")
    assert (received.n, found[received.cause[0]].kind, found[received.cause[0]].box) == (5, "write", "client")
    eof = of(Read, found)[1]
    assert (eof.box, found[eof.cause[0]].kind, found[eof.cause[0]].box) == ("client", "close", "server")
    assert {event.box for event in of(Start, found)} == {"server", "client"}


# --- markers, start facts, gaps ---


def test_markers_give_each_event_its_line():
    sources = {"a.py": "import os\nr, w = os.pipe()\npid = os.fork()\n"}
    text = log("""1 execve("/usr/bin/python3", ["python3", "a.py"], 0x1 /* 1 var */) = 0
2 openat(AT_FDCWD, "/usr/lib/x", O_RDONLY) = 3
3 write(-1, "L 2 os.pipe a.py", 16) = -1 EBADF (Bad file descriptor)
4 pipe2([4, 5], 0) = 0
5 write(-1, "I socket", 8) = -1 EBADF (Bad file descriptor)
6 close(3) = 0
7 write(-1, "i", 1) = -1 EBADF (Bad file descriptor)
8 write(-1, "K want lock money#1 3 a.py", 26) = -1 EBADF (Bad file descriptor)
9 write(-1, "K got lock money#1 3 a.py", 25) = -1 EBADF (Bad file descriptor)
10 fork() = 9
11 write(-1, "E", 1) = -1 EBADF (Bad file descriptor)
12 close(4) = 0
13 write(-1, "neither marker nor nonsense", 27) = -1 EBADF (Bad file descriptor)""")
    found = read([Program({8: text})], sources)
    pipe, fork = of(Pipe, found)[0], of(Fork, found)[0]
    assert (str(pipe.line), pipe.line.text, pipe.own) == ("a.py:2", "r, w = os.pipe()", True)
    assert (str(fork.line), fork.line.text) == ("a.py:3", "pid = os.fork()")
    assert [(event.kind, event.lock, event.src) for event in of(LockWait | LockGot, found)] == [
        ("lock_wait", "money#1", "mark"),
        ("lock_got", "money#1", "mark"),
    ]
    assert [event.own for event in of(Close, found)] == [False, False]
    assert [event.own for event in of(Open, found)] == [False]
    assert [event.data for event in of(Write, found)] == ["neither marker nor nonsense"]


@pytest.mark.parametrize("marker", ["L 1 print <string>", "no marker"])
def test_what_an_interpreter_without_a_script_does_before_its_first_marker_is_its_start(marker):
    text = log(f"""1 execve("/usr/bin/python3", ["python3", "-c", "x"], 0x1 /* 1 var */) = 0
2 fcntl(0, F_GETFD) = 0
3 pipe2([3, 4], 0) = 0
4 write(-1, "{marker}", {len(marker)}) = -1 EBADF (Bad file descriptor)
5 pipe2([5, 6], 0) = 0""")
    found = read([Program({8: text})])
    assert of(Exec, found)[0].own
    assert [event.own for event in found if getattr(event, "call", "") == "fcntl"] == [marker == "no marker"]
    assert [event.own for event in of(Pipe, found)] == [marker == "no marker", True]


def test_who_only_asks_for_a_signals_action_does_nothing():
    found = events(
        t8=f"""{PARENT}
    3 rt_sigaction(SIGHUP, NULL, {{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}}, 8) = 0
    4 rt_sigaction(SIGHUP, {{sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}}, NULL, 8) = 0"""
    )
    assert [event.own for event in found if getattr(event, "call", "") == "rt_sigaction"] == [False, True]


def test_inherited_descriptors_are_those_that_the_recorder_found():
    start = {
        "v": 1,
        "pid": 8,
        "ppid": 5,
        "ignored": ["SIGHUP"],
        "blocked": ["SIGINT"],
        "fds": [
            {"fd": 0, "of": 0, "target": "pipe:[77]", "what": "pipe", "flags": "O_RDONLY"},
            {"fd": 1, "of": 1, "target": "/dev/pts/0", "what": "tty", "flags": "O_RDWR"},
            {"fd": 2, "of": 1, "target": "/dev/pts/0", "what": "tty", "flags": "O_RDWR"},
        ],
    }
    text = log(f"{PARENT}\n9 --- SIGHUP {{si_signo=SIGHUP, si_code=SI_KERNEL}} ---".strip())
    found = read([Program({8: text}, start=start)])
    given = of(Inherit, found)
    assert [(event.fd.fd, event.obj, event.exact) for event in given] == [
        (0, "pipe:[77]", True),
        (1, "tty:/dev/pts/0", True),
        (2, "tty:/dev/pts/0", True),
    ]
    assert given[1].fd.of == given[2].fd.of != given[0].fd.of
    assert of(SigDeliver, found)[0].action == "ignore"
    assert of(Start, found)[0].ppid == 5


def test_a_log_with_y_tells_what_an_unknown_descriptor_is():
    found = read([Program(text='read(7</tmp/a, (b)>, "x", 1) = 1\nread(8<pipe:[5]>, "", 1) = 0')])
    guessed = [event for event in of(Inherit, found) if event.fd.fd > 2]
    assert [(event.what, event.path, event.exact) for event in guessed] == [
        ("file", "/tmp/a, (b)", False),
        ("pipe", "[5]", False),
    ]


def test_a_stranger_among_the_lines_is_told():
    found = events(t8=f"{PARENT}\n3 close(4) = 0\nMemory fault\n4 close(3) = 0\n5 +++ exited with 0 +++")
    assert [(gap.code, gap.what, gap.lost) for gap in of(Gap, found)] == [("lost", ("Memory fault",), 1)]
    assert [close.fd for close in of(Close, found)] == [4, 3]


def test_the_recorders_files():
    files = dict(recordings.members("yy-flocks"))
    whole = read_folder(files)
    assert [event.kind for event in whole] == [event.kind for event in recordings.events("yy-flocks")]
    assert any(event.line and event.line.text == "fcntl.flock(fd, fcntl.LOCK_EX)" for event in whole)
    files["lab/end.json"] = json.dumps({"stopped": "lines"})
    assert of(Gap, read_folder(files))[0].code == "lines"
    assert read_folder({"lab/1/start.json": "{", "x": "y"}) == []


# --- other forms of a log ---


def single(program: Program) -> str:
    """The same recording as `strace -f` would have written it: one log, calls that overlap torn in two."""
    lines: list[tuple[int, int, str]] = []
    for tid, text in program.logs.items():
        for line in text.splitlines():
            record = parse(line)
            begin, body = nanoseconds(record.time), line.partition(" ")[2]
            lines.append((begin, tid, body))
    lines.sort()
    result: list[tuple[int, int, str]] = []
    for at, (begin, tid, body) in enumerate(lines):
        record = parse(body)
        end = begin + nanoseconds(record.dur) if record.dur else begin
        later = [line for line in lines[at + 1 : at + 50] if line[0] < end]
        if record.kind == "call" and later and record.args:
            head, tail = f"{record.name}({record.args[0]}", body.partition(record.args[0])[2]
            result.append((begin, tid, f"{head} <unfinished ...>"))
            result.append((end, tid, f"<... {record.name} resumed>{tail}"))
        else:
            result.append((begin, tid, body))
    result.sort()
    return "\n".join(f"{tid:<5} {time // 10**9}.{time % 10**9:09d} {body}" for time, tid, body in result)


@pytest.mark.parametrize("name", ["yy-fork_fd", "yy-signals", "yy-dups", "yy-shell", "yy-spawn", "yy-sockets"])
def test_one_log_of_all_threads_says_the_same_as_one_log_for_each(name):
    apart = recordings.programs(name)[0]
    found = read([Program(text=single(apart), box="lab", start=apart.start)], recordings.sources(name))
    assert lives(found) == lives(recordings.events(name))


FIELDS = ("fd", "n", "call", "error", "sig", "code", "data", "line")


def lives(found):
    """What each task did, without numbers that depend on the order among tasks."""
    result: dict[Task, list[object]] = {}
    for event in found:
        if not isinstance(event, Block):
            what = tuple(getattr(event, name, None) for name in FIELDS)
            fd = getattr(what[0], "fd", what[0])
            result.setdefault(event.task, []).append((event.kind, fd, *what[1:]))
    return result


@pytest.mark.parametrize(
    ("stamps", "order"),
    [
        (("11:59:58", "11:59:59", "12:00:01"), [0, 1_000_000_000, 3_000_000_000]),
        (("23:59:59.500000", "23:59:59.900000", "00:00:00.100000"), [0, 400_000_000, 600_000_000]),
        (("1795432941.5", "1795432941.6", "1795432943"), [0, 100_000_000, 1_500_000_000]),
        (("     0.000000", "     0.500000", "     0.250000"), [0, 500_000_000, 750_000_000]),
        (("", "", ""), [0, 1000, 2000]),
    ],
)
def test_every_kind_of_time_stamp(stamps, order):
    calls = ("pipe2([3, 4], 0) = 0", "close(3) = 0", "close(4) = 0")
    text = "\n".join(f"{stamp} {call}".strip(" ") for stamp, call in zip(stamps, calls, strict=True))
    found = read([Program(text=text)])
    times = [event.t for event in found if event.kind in ("pipe", "close")]
    assert [time - times[0] for time in times] == order
    assert [note.code for note in of(Note, found)] == ["untimed"] * (stamps[0] == "")


def test_a_log_from_the_terminal_where_the_first_process_has_no_pid():
    found = read(
        [
            Program(
                text="""execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0
pipe2([3, 4], 0) = 0
clone(child_stack=NULL, flags=SIGCHLD) = 9
strace: Process 9 attached
[pid     9] close(4 <unfinished ...>
[pid     8] read(3,  <unfinished ...>
[pid     9] <... close resumed>)        = 0
[pid     9] exit_group(0)               = ?
[pid     9] +++ exited with 0 +++
<... read resumed>0x7f, 1)              = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_uid=1, si_status=0} ---
+++ exited with 0 +++"""
            )
        ]
    )
    assert [start.task for start in of(Start, found)] == [Task(8)]
    assert of(Fork, found)[0].child == Task(9)
    assert of(SigDeliver, found)[0].interrupted == ""  # only the tracer has
    assert {exit_.task for exit_ in of(Exit, found)} == {Task(8), Task(9)}
    assert not of(Gap, found)


def test_server_and_clients_of_a_real_network_know_each_other():
    """Lab 4 as make trace-4 recorded it: several programs in each of two containers, one list of events."""
    found = read_folder(recordings.members("net-lab4"))
    accepts = of(Accept, found)
    assert len(accepts) >= 7
    for accept in accepts:
        cause = found[accept.cause[0]]
        assert (accept.box, cause.box, cause.obj) == ("server", "client", accept.peer)
    received = [event for event in of(Read, found) if event.data.startswith(("hello", "reply"))]
    assert received
    for event in received:
        assert {found[seq].box for seq in event.cause} == {"client" if event.box == "server" else "server"}
    refused = [event for event in of(Connect, found) if event.error == "ECONNREFUSED" and event.own]
    assert {event.addr.rpartition(":")[2] for event in refused} == {"50008"}
    assert not any(event.own and event.addr.endswith(":53") for event in of(Connect, found))


GUARDED = """1.1 execve("/usr/bin/choom", ["choom"], 0x7 /* 9 vars */) = 0 <0.1>
1.2 openat(AT_FDCWD, "/proc/self/oom_score_adj", O_RDWR) = 3 <0.000002>
1.3 execve("/usr/bin/setpriv", ["setpriv"], 0x7 /* 9 vars */) = 0 <0.1>
1.4 execve("/usr/local/bin/true", ["true"], 0x7 /* 9 vars */) = -1 ENOENT (No such file or directory) <0.1>
1.5 execve("/usr/bin/true", ["true"], 0x7 /* 9 vars */) = 0 <0.1>
1.6 execve("/usr/bin/false", ["false"], 0x7 /* 9 vars */) = 0 <0.1>
1.7 exit_group(1) = ?
1.8 +++ exited with 1 +++
"""


@pytest.mark.parametrize(
    ("through", "paths"),
    [
        (2, ["/usr/bin/true", "/usr/bin/false"]),
        (None, ["/usr/bin/choom", "/usr/bin/setpriv", "/usr/bin/true", "/usr/bin/false"]),
        ("2", ["/usr/bin/choom", "/usr/bin/setpriv", "/usr/bin/true", "/usr/bin/false"]),
        (4, ["/usr/bin/choom", "/usr/bin/setpriv", "/usr/bin/true", "/usr/bin/false"]),
    ],
)
def test_what_a_guarded_program_goes_through_is_none_of_its_doings(through, paths):
    start = {"pid": 7, "argv": ["true"]} | ({} if through is None else {"through": through})
    events = read_folder({"lab/1/t.7": GUARDED, "lab/1/start.json": json.dumps(start)})
    assert [event.path for event in of(Exec, events)] == paths
    assert bool(of(Open, events)) is (through != 2)


OTHER_WAYS = """1.0 execve("/a", ["a"], 0x7 /* 9 vars */) = 0 <0.1>
1.1 pipe2([3, 4], 0) = 0 <0.000002>
1.2 vmsplice(4, [{iov_base="spliced", iov_len=7}], 1, 0) = 7 <0.000002>
1.3 pwritev2(4, [{iov_base="vec", iov_len=3}, {iov_base="tor", iov_len=3}], 2, -1, 0) = 6 <0.000002>
1.4 preadv2(3, [{iov_base="splicedvec", iov_len=10}], 1, -1, 0) = 10 <0.000002>
1.5 vmsplice(3, [{iov_base="tor", iov_len=3}], 1, 0) = 3 <0.000002>
1.6 vmsplice(9, [{iov_base="x", iov_len=1}], 1, 0) = -1 EBADF (Bad file descriptor) <0.000002>
1.7 exit_group(0) = ?
1.8 +++ exited with 0 +++
"""


def test_every_way_to_move_bytes_is_a_read_or_a_write():
    events = read([Program(logs={7: OTHER_WAYS})])
    pipe = of(Pipe, events)[0].obj
    assert [(event.obj, event.n, event.data) for event in of(Write, events)][:2] == [
        (pipe, 7, "spliced"),
        (pipe, 6, "vector"),
    ]
    assert [(event.obj, event.n, event.data) for event in of(Read, events)] == [
        (pipe, 10, "splicedvec"),
        (pipe, 3, "tor"),
    ]
    assert of(Write, events)[-1].error == "EBADF"
    assert [len(event.cause) for event in of(Read, events)] == [2, 1], "from whom the bytes are"
