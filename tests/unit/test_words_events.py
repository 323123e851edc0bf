"""The sentences of events: each in each language, whole, and here only; other tests ask for keys and fields."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from proclab import ROOT
from proclab.events import (
    Accept,
    Bind,
    Block,
    Close,
    Connect,
    Dup,
    Event,
    Exec,
    Exit,
    Fd,
    FdFlags,
    Fork,
    Gap,
    GapCode,
    Inherit,
    Killed,
    Listen,
    LockFailed,
    LockGot,
    LockMade,
    LockReleased,
    LockWait,
    MakeFifo,
    Note,
    NoteCode,
    Open,
    Orphan,
    Other,
    Pipe,
    Read,
    Run,
    Shutdown,
    SigDeliver,
    SigHandler,
    SigMask,
    SigSend,
    SigTake,
    Socket,
    SocketPair,
    Start,
    Stopped,
    Task,
    Thread,
    ThreadExit,
    Wait,
    Write,
)
from proclab.views.labels import LONG, label
from proclab.views.story import HEAD
from proclab.words import LANGS, catalogue
from proclab.words import en as english
from proclab.words.sentences import Sentences, TaskNames, key_of

CHILD, FD = Task(18), Fd(3, "o1")
PLANNED = tuple(f"planned.{fault}" for fault in ("error", "value", "delay", "short", "signal"))
PARTS = ("times", "sig_deliver.from", "fd_flags.on", "fd_flags.off", "gap.count", "gap.more", *PLANNED)  # of others


def of(cls: Any, **fields: Any) -> Event:
    """An event of process 9."""
    event: Event = cls(t=1, task=Task(9), proc=Task(9), **fields)
    return event


SAMPLES: dict[str, Event] = {  # under its key, and what sets it apart where a key has several
    "start": of(Start),
    "start.seen": of(Start, src="proc"),
    "start.child": of(Start, ppid=8),
    "fork": of(Fork, child=CHILD),
    "fork.vfork": of(Fork, child=CHILD, vfork=True),
    "thread": of(Thread, child=CHILD),
    "exec": of(Exec, path="/bin/echo", argv=("echo", "a")),
    "exec.closed": of(Exec, path="/bin/echo", closed=(3, 4)),
    "exit.unseen": of(Exit, code=None),
    "exit": of(Exit, code=3),
    "killed": of(Killed, sig="SIGTERM"),
    "killed.felled": of(Killed, sig="SIGKILL", felled=True),
    "killed.core": of(Killed, sig="SIGSEGV", core=True),
    "thread_exit": of(ThreadExit),
    "wait.exited": of(Wait, child=CHILD, how="exited", code=3, reaped=True),
    "wait.unseen": of(Wait, pid=18, how="exited", reaped=True),
    "wait.killed": of(Wait, child=CHILD, how="killed", sig="SIGTERM", reaped=True),
    "wait.peek": of(Wait, child=CHILD, how="exited", code=3),
    "wait.stopped": of(Wait, child=CHILD, how="stopped", sig="SIGSTOP"),
    "wait.continued": of(Wait, child=CHILD, how="continued"),
    "wait.nothing": of(Wait),
    "orphan": of(Orphan),
    "orphan.parent": of(Orphan, parent=Task(1)),
    "stopped": of(Stopped, sig="SIGSTOP"),
    "inherit.now": of(Inherit, fd=FD, obj="file:/tmp/a", src="proc"),
    "inherit": of(Inherit, fd=FD, obj="tty:/dev/pts/0"),
    "open": of(Open, path="/tmp/a", flags="O_RDONLY", fd=FD),
    "open.write": of(Open, path="/tmp/a", flags="O_WRONLY|O_CREAT", fd=FD),
    "open.made": of(Open, what="epoll", fd=FD),
    "fifo": of(MakeFifo, path="/tmp/f"),
    "pipe": of(Pipe, obj="pipe1", read=FD, write=Fd(4, "o2")),
    "socket": of(Socket, family="AF_UNIX", fd=FD, obj="sock1"),
    "socketpair": of(SocketPair, a=FD, b=Fd(4, "o2")),
    "dup": of(Dup, fd=4, to=FD, obj="fifo:/tmp/f"),
    "dup.over": of(Dup, fd=4, to=FD, obj="pipe1", closed="o9"),
    "close": of(Close, fd=3, obj="pipe1"),
    "close.last": of(Close, fd=3, obj="pipe1", last=True),
    "fd_flags": of(FdFlags, fd=3, cloexec=True, nonblock=False),
    "read": of(Read, fd=3, obj="pipe1", n=1, data="a"),
    "read.eof": of(Read, fd=3, obj="pipe1", n=0, eof=True),
    "read.fds": of(Read, fd=3, obj="sock1", n=2, fds=(Fd(5, "o5"),)),
    "write": of(Write, fd=4, obj="pipe1", n=5),
    "write.fds": of(Write, fd=4, obj="sock1", n=1, fds=(5, 6)),
    "bind": of(Bind, fd=3, obj="sock1", addr="127.0.0.1:5000"),
    "listen": of(Listen, fd=3, obj="sock1", backlog=5),
    "connect": of(Connect, fd=3, addr="127.0.0.1:5000"),
    "accept": of(Accept, fd=3, new=Fd(4, "o2"), peer="sock2"),
    "shutdown": of(Shutdown, fd=3, how="SHUT_WR"),
    "sig_send": of(SigSend, sig="SIGTERM", target=18, to=CHILD),
    "sig_send.group": of(SigSend, sig="SIGTERM", target=-9),
    "sig_send.all": of(SigSend, sig="SIGTERM", target=-1),
    "sig_send.thread": of(SigSend, sig="SIGUSR1", target=18, thread=True),
    "sig_send.probe": of(SigSend, sig="0", target=18),
    "sig_deliver.default": of(SigDeliver, sig="SIGTERM", by=CHILD),
    "sig_deliver.handler": of(SigDeliver, sig="SIGCHLD", sender=18, action="handler"),
    "sig_deliver.ignore": of(SigDeliver, sig="SIGINT", action="ignore"),
    "sig_take": of(SigTake, sig="SIGUSR1"),
    "sig_mask": of(SigMask, blocked=("SIGINT", "SIGTERM")),
    "sig_mask.none": of(SigMask),
    "sig_mask.all": of(SigMask, blocked=("SIGINT",), inverted=True),
    "sig_handler.default": of(SigHandler, sig="SIGINT"),
    "sig_handler.handler": of(SigHandler, sig="SIGINT", action="handler"),
    "sig_handler.ignore": of(SigHandler, sig="SIGINT", action="ignore"),
    "lock_new": of(LockMade, lock="lock#1"),
    "lock_wait": of(LockWait, lock="lock#1"),
    "lock_wait.thread": of(LockWait, lock="18", what="thread"),
    "lock_wait.event": of(LockWait, lock="event#1", what="event"),
    "lock_wait.condition": of(LockWait, lock="condition#1", what="condition"),
    "lock_wait.barrier": of(LockWait, lock="barrier#1", what="barrier"),
    "lock_wait.queue": of(LockWait, lock="queue#1", what="queue"),
    "lock_got": of(LockGot, lock="lock#1"),
    "lock_got.thread": of(LockGot, lock="18", what="thread"),
    "lock_got.event": of(LockGot, lock="event#1", what="event"),
    "lock_got.condition": of(LockGot, lock="condition#1", what="condition"),
    "lock_got.barrier": of(LockGot, lock="barrier#1", what="barrier"),
    "lock_got.queue": of(LockGot, lock="queue#1", what="queue"),
    "lock_rel": of(LockReleased, lock="lock#1"),
    "lock_rel.event": of(LockReleased, lock="event#1", what="event"),
    "lock_rel.condition": of(LockReleased, lock="condition#1", what="condition"),
    "lock_rel.queue": of(LockReleased, lock="queue#1", what="queue"),
    "lock_rel.barrier": of(LockReleased, lock="barrier#1", what="barrier"),
    "lock_fail": of(LockFailed, lock="lock#1"),
    "lock_fail.thread": of(LockFailed, lock="18", what="thread"),
    "lock_fail.event": of(LockFailed, lock="event#1", what="event"),
    "block.fd": of(Block, call="read", on="fd", fds=(3,), obj="pipe1"),
    "block.fds": of(Block, call="poll", on="fds", fds=(3, 4)),
    "block.task": of(Block, call="wait4", on="task", target=18),
    "block.any": of(Block, call="wait4", on="task", target=-1),
    "block.futex": of(Block, call="futex", on="futex"),
    "block.sleep": of(Block, call="clock_nanosleep", on="sleep"),
    "block.signal": of(Block, call="pause", on="signal"),
    "block.lock": of(Block, call="futex", on="lock", name="lock#1"),
    "block.name": of(Block, call="openat", on="fd", name="/tmp/f"),
    "block.other": of(Block, call="flock"),
    "run.slept": of(Run, call="clock_nanosleep", dur=50_000_000),
    "run": of(Run, call="pause"),
    "run.ready": of(Run, call="poll", ready=(3, 4)),
    "other": of(Other, call="uname", text="uname({…})"),
    "broken": of(Read, call="read", fd=3, error="ERESTARTSYS"),
    "failed": of(Write, call="write", fd=4, error="EPIPE"),
    "failed (path)": of(Open, call="openat", path="/tmp/none", error="ENOENT"),
    "failed (address)": of(Connect, call="connect", addr="[::1]:9", error="EXOTIC"),
    "failed (by plan)": of(Fork, call="clone", error="EAGAIN", fault="error"),
    "failed (interrupted by plan)": of(Read, call="read", fd=3, error="EINTR", fault="error"),
    "write (short by plan)": of(Write, call="write", fd=4, obj="pipe1", n=5000, fault="short"),
    "open (late by plan)": of(
        Open, call="openat", path="/work/a", what="file", fd=Fd(3, "o1"), obj="file:/work/a", fault="delay"
    ),
    "wait.nothing (with a signal by plan)": of(Wait, call="wait4", how="nothing", target=-1, fault="signal"),
    "close (result by plan)": of(Close, call="close", fd=3, fault="value"),
    "gap.seconds": of(Gap, code="seconds"),
    "gap.bytes": of(Gap, code="bytes"),
    "gap.lines": of(Gap, code="lines"),
    "gap.logs": of(Gap, code="logs"),
    "gap.full": of(Gap, code="full"),
    "gap.user": of(Gap, code="user"),
    "gap.ended": of(Gap, code="ended", what=("sold",)),
    "gap.garbled": of(Gap, code="garbled", what=("lab/end.json",)),
    "gap.incomplete": of(Gap, code="incomplete", what=tuple(map(str, range(10)))),
    "gap.exec": of(Gap, code="exec", lost=1),
    "gap.lost": of(Gap, code="lost", what=("?!",), lost=1),
    "gap.cut": of(Gap, code="cut", lost=3),
    "note.untimed": of(Note, code="untimed"),
    "note.unmarked": of(Note, code="unmarked"),
    "note.unknown": of(Note, code="unknown", what="dream"),
}


def sentences() -> dict[str, dict[str, str]]:
    """What tests/data/words/events.txt says of each sample, by language."""
    text = (Path(__file__).parents[1] / "data" / "words" / "events.txt").read_text("utf-8")
    blocks = (block.split("\n  ") for block in re.split(r"\n(?! )", text.strip()))
    return {name: dict(re.split(" +", line, maxsplit=1) for line in lines) for name, *lines in blocks}


EXPECTED = sentences()


@pytest.mark.parametrize("lang", ["en", "ru"])  # a further language need not be spelt out here
@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_has_its_sentence(name, lang):
    assert Sentences(lang=lang).of(SAMPLES[name]) == EXPECTED[name][lang]


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_has_its_key(name):
    assert key_of(SAMPLES[name]) == name.partition(" ")[0]


def test_every_sentence_of_events_is_used_by_an_event():
    used = {key_of(event) for event in SAMPLES.values()}
    assert used | set(PARTS) == {key for key in english.EVENTS if not key.startswith("error.")}
    assert set(EXPECTED) == set(SAMPLES)


def test_every_code_has_a_sentence_in_each_language():
    codes = [f"gap.{code}" for code in get_args(GapCode)] + [f"note.{code}" for code in get_args(NoteCode)]
    assert not [(code, lang) for code in codes for lang in LANGS if not catalogue(lang).has(code)]


@pytest.mark.parametrize(
    ("lang", "number", "text"),
    [
        *(("en", number, text) for number, text in ((0, "0 bytes"), (1, "1 byte"), (2, "2 bytes"))),
        *(("ru", number, f"{number} байт") for number in (1, 5, 12, 21, 100, 112)),
        *(("ru", number, f"{number} байта") for number in (2, 4, 22, 104)),
    ],
)
def test_a_noun_has_its_form_after_a_number(lang, number, text):
    assert catalogue(lang).count(number, "byte") == text


def test_of_several_reads_only_the_number_is_said_not_the_bytes_of_the_first():
    assert Sentences().of(SAMPLES["read"], 50) == "50 times: reads 1 byte from fd 3 (pipe1)"
    assert Sentences(lang="ru").of(SAMPLES["read"], 50) == "50 раз: читает 1 байт из fd 3 (pipe1)"


def test_what_the_program_wrote_is_data_not_a_phrase():
    assert Sentences().of(of(Other, text="{sig} {0}")) == "{sig} {0}"


def test_a_long_list_of_arguments_is_cut():
    assert len(Sentences().of(of(Exec, argv=("a" * 500,)))) < 220
    assert Sentences().of(of(Exec, argv=("a" * 150,))).endswith("a")


def test_an_unknown_number_or_descriptor_is_a_question_mark():
    assert Sentences().of(of(Read, fd=3, obj="pipe1")) == "reads ? from fd 3 (pipe1)"
    assert Sentences().of(of(Pipe)) == "makes ?: read end fd ?, write end fd ?"


def test_boxes_are_named_where_there_are_several():
    fork = of(Fork, child=CHILD, box="server")
    assert "server:18" in Sentences(TaskNames(boxes=True)).of(fork)
    assert "server" not in Sentences(TaskNames(boxes=False)).of(fork)


def test_no_gap_has_english_words_in_russian():
    texts = [text for key, text in catalogue("ru").phrases.items() if key.startswith("gap.")]
    assert not [text for text in texts if re.search("[a-z]{3}", re.sub(r"{\w+}|strace|exec", "", text))]


# --- labels ---


@pytest.mark.parametrize(
    ("name", "english_label", "russian_label"),
    [
        ("killed", "killed SIGTERM", "убит SIGTERM"),
        ("thread_exit", "thread end", "конец потока"),
        ("exit.unseen", "ended", "завершился"),
        ("wait.nothing", "wait nothing", "wait: пока никого"),
        ("gap.user", "GAP", "ПРОПУСК"),
        ("read", "read 3: 1 B", "read 3: 1 Б"),
        ("lock_rel.queue", "puts queue#1", "кладёт в queue#1"),
        ("pipe", "pipe 3 4", "pipe 3 4"),
        ("exit", "exit 3", "exit 3"),
        ("failed", "write EPIPE", "write EPIPE"),
        ("broken", "read EINTR", "read EINTR"),
        ("block.sleep", "", ""),
    ],
)
def test_a_label_has_the_words_of_its_language_and_the_names_of_calls(name, english_label, russian_label):
    assert label(SAMPLES[name], catalogue("en")) == english_label
    assert label(SAMPLES[name], catalogue("ru")) == russian_label


class Noting(dict[str, str]):
    """Phrases that note which of them are asked for."""

    asked: set[str]

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)


def test_every_word_of_a_label_is_used():
    phrases = Noting(catalogue("en").phrases)
    phrases.asked = set()
    words = replace(catalogue("en"), phrases=phrases)
    assert all(len(label(event, words, 50)) <= LONG for event in SAMPLES.values())
    assert phrases.asked == {key for key in english.VIEWS if key.startswith("label.")}


def test_the_views_ask_for_every_phrase_of_theirs_and_for_no_other():
    """Phrases with a key made of a kind (a condition, an arrow …) apart: those have tests of their own."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "proclab/views").rglob("*.py"))
    trace = (ROOT / "proclab/trace.py").read_text("utf-8")
    asked = set(re.findall(r"""["']((?:views|story|tree|mermaid|trace)\.[a-z]+)["']""", source + trace))
    asked -= {"story.txt", "tree.txt", "tree.js"}
    asked |= {f"story.{column}" for column in HEAD} | {f"trace.{key}" for key in re.findall(r'say\("(\w+)"', trace)}
    asked |= {f"tree.{status}{by}" for status in ("zombie", "stopped") for by in ("", ".by")}
    made = ("condition.", "arrow.", "flow.", "label.", "page.", "trace.refused.")
    assert asked == {key for key in english.VIEWS if not key.startswith(made)}
