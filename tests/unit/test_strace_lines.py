"""Tokens and lines: what strace 6.1, 6.13 and newer ones write, and any text whatever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.strace import lines, terminal
from proclab.strace.lines import Record, finished, parse
from proclab.strace.tokens import fields, items, number, printable, split, string, tokens, unquote
from tests.unit import recordings

ANY = st.text() | st.text(alphabet='()[]{}<>"\\,=+-. \n0129xrea', max_size=60)


# --- any text ---


@given(ANY)
def test_tokens_joined_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(ANY)
def test_a_line_is_always_a_record_and_what_makes_no_sense_is_kept(text):
    record = parse(text)
    assert isinstance(record, Record)
    assert record.kind != "text" or record.text == text


@given(ANY)
def test_every_helper_takes_any_text(text):
    split(text), items(text), fields(text), number(text), string(text)
    assert printable(unquote(text)).isprintable()


@given(st.binary())
def test_bytes_come_back_from_straces_escapes(data):
    octal = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}" for byte in data)
    assert unquote(f'"{octal}"') == data
    assert unquote('"' + "".join(f"\\x{byte:02x}" for byte in data) + '"') == data  # -xx


ARG = st.sampled_from(
    ['"a, ) = <"', "[1, [2, 3]]", "{a=1, b={c=2}}", "NULL", "0x7f", "3", "3</tmp/a, b) = 3>", "O_RDWR|O_CREAT",
     "12<pid:7>", "AT_FDCWD</work>", "/* 7 vars */", '"x"...', "4<TCP:[127.0.0.1:1->127.0.0.1:2]>", "{si_pid=7, ...}"]
)  # fmt: skip


@given(st.lists(ARG, max_size=6), st.sampled_from(["0", "-1 ENOENT (No such file or directory)", "3</x, (y)>", "?"]))
def test_a_call_is_taken_apart_and_put_together_again(args, result):
    record = parse(f"read({', '.join(args)}) = {result} <0.000010>")
    assert (record.kind, record.name, list(record.args), record.dur) == ("call", "read", args, "0.000010")
    assert result.startswith(record.ret)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_every_line_of_a_real_recording_is_understood(name):
    for program in recordings.programs(name):
        for text in [program.text, *program.logs.values()]:
            assert all("".join(tokens(line)) == line for line in text.splitlines())
            for _, _, record in terminal.lines(text, None):
                assert record.kind != "text" or terminal.ATTACHED.fullmatch(record.text), record.text


# --- forms of a line ---

CALL = Record("call", name="close", args=("3",), ret="0")
STAMP = "1795432941.446568724"
ODD = "3</tmp/odd, name) = 3 \\74x\\76>"
POLLED = "[{fd=3, events=POLLIN}]"


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ("close(3) = 0", CALL),
        ("close(3)                                = 0", CALL),
        ("12 close(3) = 0", CALL._replace(pid=12)),
        (f"12    {STAMP} close(3) = 0 <0.000008>", CALL._replace(pid=12, time=STAMP, dur="0.000008")),
        ("[pid    12] close(3) = 0", CALL._replace(pid=12)),
        ("[pid 12<python3 -c>] close(3) = 0", CALL._replace(pid=12)),
        ("12<python3> 11:22:33.444444 close(3) = 0", CALL._replace(pid=12, time="11:22:33.444444")),
        ("11:22:33 close(3) = 0", CALL._replace(time="11:22:33")),
        ("1795432941 close(3) = 0", CALL._replace(time="1795432941")),
        ("     0.000123 close(3) = 0", CALL._replace(time="0.000123")),
        ("1795432941.44 [   3] close(3) = 0", CALL._replace(time="1795432941.44")),
        ("close(fd=3) = 0", CALL._replace(args=("fd=3",))),
        ("close(3</tmp/x>(deleted)) = 0", CALL._replace(args=("3</tmp/x>(deleted)",))),
        (f"close({ODD}) = 0", CALL._replace(args=(ODD,))),
        ("close(0</dev/pts/0<char 136:0>>) = 0", CALL._replace(args=("0</dev/pts/0<char 136:0>>",))),
        ("exit_group(0) = ?", Record("call", name="exit_group", args=("0",), ret="?")),
        ("pause( <unfinished ...>) = ?", Record("call", name="pause", ret="?")),
        ("pause( <unfinished ...>", Record("unfinished", name="pause", text="pause(")),
        ("read(0, \"x\", 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
         Record("call", name="read", args=("0", '"x"', "1"), ret="?", error="ERESTARTSYS",
                note="To be restarted if SA_RESTART is set")),
        ("<... read resumed>\"x\", 1) = 1", Record("resumed", name="read", text='"x", 1) = 1')),
        ("<... read resumed> \"x\", 1) = 1", Record("resumed", name="read", text=' "x", 1) = 1')),
        ('execve("/bin/x", ["x"], 0x7f /* 7 vars */ <pid changed to 8 ...>',
         Record("unfinished", name="execve", note="8", text='execve("/bin/x", ["x"], 0x7f /* 7 vars */')),
        ("+++ superseded by execve in pid 20 +++", Record("superseded", note="20")),
        ("+++ exited with 0 +++", Record("exited", ret="0")),
        ("+++ killed by SIGSEGV (core dumped) +++", Record("killed", name="SIGSEGV", note="core")),
        ("+++ killed by SIGRT_3 +++", Record("killed", name="SIGRT_3")),
        ("--- stopped by SIGTTIN ---", Record("stopped", name="SIGTTIN")),
        ("--- SIGINT {si_signo=SIGINT, si_code=SI_KERNEL} ---",
         Record("signal", name="SIGINT", text="{si_signo=SIGINT, si_code=SI_KERNEL}")),
        (f"poll({POLLED}, 1, 10) = 1 ([{{fd=3, revents=POLLIN}}])",
         Record("call", name="poll", args=(POLLED, "1", "10"), ret="1", note="[{fd=3, revents=POLLIN}]")),
        ("read(3, 0x7f, 1) = -1 EAGAIN (Resource temporarily unavailable) (INJECTED)",
         Record("call", name="read", args=("3", "0x7f", "1"), ret="-1", error="EAGAIN",
                note="Resource temporarily unavailable", fault="error")),
        ("close(3) = -1 (errno 600) <0.000008>", CALL._replace(ret="-1", error="errno 600", dur="0.000008")),
        ("lseek(3) = 1 (errno 600)", Record("call", name="lseek", args=("3",), ret="1", note="errno 600")),
        ("strace: Process 12 attached", Record("text", text="strace: Process 12 attached")),
        ("close(3", Record("text", text="close(3")),
        ("", Record("text")),
    ],
)  # fmt: skip
def test_forms(line, record):
    assert parse(line) == record


def test_an_unfinished_and_a_resumed_line_make_one_call():
    begun = parse("12 1.5 read(0,  <unfinished ...>")
    whole = finished(begun, parse('12 1.7 <... read resumed>"q\\n", 8192) = 2 <0.2>').text)
    assert whole == Record("call", 12, "1.5", "read", ("0", '"q\\n"', "8192"), "2", dur="0.2")


def test_strings_are_printable_whatever_was_written():
    assert string(r'"\33[31mred\n"') == r"\x1b[31mred\n"
    assert string(r'"\321\203"') == "у"
    assert string(r'"\377a"') == r"\xffa"
    assert string(r'"back\\slash"') == r"back\\slash"
    assert string("NULL") == ""
    assert string(r'"\177ELF\2\1"') == r"\x7fELF\x02\x01"


def _texts():
    return [text for name in recordings.NAMES for path, text in recordings.members(name).items() if "json" not in path]


def test_what_is_read_at_once_is_read_as_bit_by_bit(monkeypatch):
    every = dict.fromkeys(line for text in _texts() for line in text.split("\n"))
    at_once = [line for line in every if lines.FLAT.search(line)]
    found = [parse(line) for line in at_once]
    monkeypatch.setattr(lines, "FLAT", re.compile(r"(?!)"))
    assert len(at_once) > 10_000
    assert found == [parse(line) for line in at_once]


ARGUMENTS = (
    "3</a, b>",
    "/* 2, 3 */",
    '"x, \\" y"',
    '"a)"...',
    "7",
    "NULL",
    "[1, 2]",
    "{a=3, b}",
    "",
    "A|B",
    "0x7ffe",
    "f(1)",
)


@given(st.lists(st.sampled_from(ARGUMENTS)).map(", ".join) | st.text('ab",()[]{}<>=\\/ 1-E.', max_size=40))
def test_of_any_text_what_is_read_at_once_is_read_as_bit_by_bit(text):
    for line in (f"1.5 f({text}) = 3 <0.000001>", f"f({text}) = -1 ENOENT (No {text}) <0.1>", f"f({text}"):
        found = parse(line)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "FLAT", re.compile(r"(?!)"))
            assert found == parse(line)
