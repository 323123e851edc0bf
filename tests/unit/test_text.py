"""The one rule for what a terminal, a page or a log may be shown."""

import signal
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proclab.text import LIBRARYS_SIGNALS, SIGNAL_NUMBERS, printable, signal_name, strace_signal

ACTING = ["\x1b", "\x07", "\r", "\n", "\t", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\u2029", "\ufeff",
          "\xad", "\ud800", "\udcff", "\0", "\xa0", "\U000e0041"]  # fmt: skip


@given(st.text() | st.text(alphabet=ACTING))
def test_what_is_shown_is_printable_and_can_be_written_anywhere(text):
    assert printable(text).isprintable()
    printable(text).encode("utf-8")


@pytest.mark.parametrize("acting", ACTING)
def test_what_acts_on_a_reader_is_shown_as_its_code(acting):
    assert printable(f"a{acting}b") == f"a{acting.encode('unicode_escape').decode()}b"


@pytest.mark.parametrize("plain", ["", "a b", "процесс №1", "“→”", "\\x1b", "漢字", "🙂"])
def test_plain_text_stays_as_it_is(plain):
    assert printable(plain) == plain


def test_what_is_to_be_kept_is_kept_and_nothing_else():
    assert printable("a\tb\n", keep="\t") == "a\tb\\n"


def test_a_signal_has_one_name_whoever_reports_it():
    names = " ".join(signal_name(number) for number in (1, 9, 31, 34, 40, 64))
    assert names == "SIGHUP SIGKILL SIGSYS SIGRTMIN SIGRTMIN+6 SIGRTMAX"
    assert strace_signal("SIGRT_8") == signal_name(40)
    assert strace_signal("SIGKILL") == "SIGKILL"


@pytest.mark.parametrize("number", [0, 32, 33, 65])
def test_a_number_that_is_no_programs_signal_has_none(number):
    assert signal_name(number) == f"SIG{number}"
    assert signal_name(number) not in SIGNAL_NUMBERS


def test_the_c_librarys_signals_are_those_that_strace_counts_from():
    assert {strace_signal("SIGRTMIN"), strace_signal("SIGRT_1")} == LIBRARYS_SIGNALS


@pytest.mark.skipif(sys.platform != "linux", reason="the names are Linux's")
def test_the_names_are_linuxs_own():
    assert {each.name: int(each) for each in signal.Signals}.items() <= SIGNAL_NUMBERS.items()
