"""Fault plans without a container: what a plan means, what is none, and what is said about that."""

import errno
import re
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest import FOLDER, module

faults = module("faults")
notices = module("notices")
words = module("words")


def only(text):
    """The one fault of a plan."""
    (fault,) = faults.parse(text)
    return fault


@pytest.mark.parametrize(
    ("text", "call", "kind", "value"),
    [
        ("fork:EAGAIN@3", "fork", "error", errno.EAGAIN),
        ("thread:EAGAIN", "thread", "error", errno.EAGAIN),
        ("read:EINTR", "read", "error", errno.EINTR),
        ("write:short", "write", "short", 0),
        ("accept:ECONNABORTED", "accept", "error", errno.ECONNABORTED),
        ("connect:refused*2", "connect", "error", errno.ECONNREFUSED),
        ("open(balance):delay=2ms", "open", "delay", 2_000_000),
        ("open:delay=1.5s", "open", "delay", 1_500_000_000),
        ("pipe:delay=20us", "pipe", "delay", 20_000),
        ("exec:ENOENT", "exec", "error", errno.ENOENT),
        ("signal:CHLD@wait", "wait", "signal", signal.SIGCHLD),
        ("signal:SIGTERM@read", "read", "signal", signal.SIGTERM),
    ],
)
def test_each_word_of_a_plan_is_read(text, call, kind, value):
    fault = only(text)
    assert (fault.call, fault.kind, fault.value) == (call, kind, value)


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("fork:EAGAIN@3", [3]),
        ("connect:refused*2", [1, 2]),
        ("exec:ENOENT", [1, 2, 3, 4, 5, 6]),
        ("open:delay=1ms", [1, 2, 3, 4, 5, 6]),
        ("write:short", [1, 2, 3, 4, 5, 6]),
        ("read:EINTR", [1, 3, 5]),
        ("accept:ECONNABORTED", [1, 3, 5]),
        ("read:EINTR*3", [1, 2, 3]),
        ("signal:CHLD@wait", [1]),
        ("signal:CHLD@wait@2", [2]),
        ("signal:CHLD@wait*2", [1, 2]),
    ],
)
def test_which_calls_of_its_kind_a_fault_hits(text, hit):
    assert [count for count in range(1, 7) if only(text).hits(count)] == hit


def test_a_file_has_its_name_whatever_stands_in_it():
    assert only("open(my file, 2.txt):EACCES@1").name == "my file, 2.txt"
    assert only("open:EACCES").name == ""


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n", " ,\t"])
def test_parts_stand_after_spaces_or_commas(between):
    assert [fault.call for fault in faults.parse(f" fork:EAGAIN{between}signal:CHLD@wait{between}pipe:EMFILE")] == [
        "fork",
        "wait",
        "pipe",
    ]


WRONG = [
    ("", "empty"),
    (" , ", "empty"),
    ("fork", "form"),
    ("fork:", "form"),
    ("fork:EAGAIN@", "form"),
    ("fork:EAGAIN@3@4", "form"),
    ("fork:EAGAIN@-1", "form"),
    ("fork:EAGAIN; id", "form"),
    ("fork(:EAGAIN", "form"),
    ("forks:EAGAIN", "call"),
    ("FORK:EAGAIN", "form"),
    ("fork:eagain", "fault"),
    ("fork:ENOTHING", "fault"),
    ("fork:errorcode", "fault"),
    ("fork:EAGAIN@0", "count"),
    ("fork:EAGAIN@wait", "count"),
    ("fork(x):EAGAIN", "name"),
    ("open():EACCES", "name"),
    ("open( ):EACCES", "name"),
    ("read:short", "short"),
    ("open:delay", "delay"),
    ("open:delay=2", "delay"),
    ("open:delay=0ms", "delay"),
    ("open:delay=11s", "delay"),
    ("signal:CHLD", "signal_at"),
    ("signal:CHLD@3", "signal_at"),
    ("signal(x):CHLD@wait", "signal_at"),
    ("signal:NOTHING@wait", "signal"),
    ("fork:EAGAIN " * 33, "many"),
    ("x" * 1001, "long"),
]


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_what_is_no_plan_is_refused_with_its_reason(text, code):
    with pytest.raises(faults.WrongPlan) as caught:
        faults.parse(text)
    assert caught.value.code == code


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize(("text", "code"), WRONG)
def test_every_reason_is_a_sentence(text, code, lang):
    with pytest.raises(faults.WrongPlan) as caught:
        faults.parse(text)
    assert "{" not in words.Words(lang).phrase(f"plan_{code}", **caught.value.values)


def test_a_reason_names_the_part_and_its_place():
    with pytest.raises(faults.WrongPlan) as caught:
        faults.parse("fork:EAGAIN, nope:EIO")
    said = words.Words("en").phrase("plan_call", **caught.value.values)
    assert "character 14" in said
    assert "no call nope; there are fork thread exec" in said


def test_every_reason_has_its_sentence_and_no_sentence_is_without_one():
    codes = set(re.findall(r'WrongPlan\("(\w+)"', (FOLDER / "faults.py").read_text()))
    assert codes == {code for _, code in WRONG}
    said = {key.removeprefix("plan_") for key in words.Words("en").phrases if key.startswith("plan_")}
    assert said - codes == {"grammar", "kernel", "refused"}
    assert codes <= said


def test_the_example_of_the_sentence_about_the_grammar_is_a_plan():
    for lang in ("en", "ru"):
        example = re.search(r"fork:EAGAIN@3.*wait", words.Words(lang).phrase("plan_grammar"))
        assert len(faults.parse(example[0])) == 5


@given(st.text(max_size=200))
def test_any_text_is_a_plan_or_refused(text):
    try:
        found, said = faults.parse(text), ""
    except faults.WrongPlan as error:
        found, said = (), words.Words("en").phrase(f"plan_{error.code}", **error.values)
    assert bool(found) != bool(said)


NAMES = st.text(st.characters(exclude_characters="()", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20)
ERRORS = st.sampled_from(["EAGAIN", "ENOENT", "EIO", "EMFILE"])
COUNTS = st.integers(1, faults.COUNT_MAX)


@given(
    st.lists(
        st.tuples(st.sampled_from(faults.NAMED), NAMES.filter(str.strip), ERRORS, st.sampled_from("@*"), COUNTS),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_what_is_read(parts):
    text = " ".join(f"{call}({name}):{error}{how}{count}" for call, name, error, how, count in parts)
    for fault, (call, name, error, how, count) in zip(faults.parse(text), parts, strict=True):
        assert (fault.call, fault.name, fault.what) == (call, name, error)
        assert (fault.first, fault.last) == ((count if how == "@" else 1), count)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_the_nth_alone_and_the_first_n_are_what_they_say(n, count):
    assert only(f"fork:EAGAIN@{n}").hits(count) == (count == n)
    assert only(f"fork:EAGAIN*{n}").hits(count) == (count <= n)


# ---------------------------------------------------------------- the calls behind the words


def test_every_call_of_a_plan_is_known_by_number_on_both_machines():
    assert set(notices.CALLS) == set(faults.CALLS)
    for numbers in notices.NUMBERS.values():
        assert len(set(numbers.values())) == len(numbers)
        assert all(numbers.keys() & set(names) for names in notices.CALLS.values())
    assert set(notices.NUMBERS["x86_64"]) == {name for names in notices.CALLS.values() for name in names}


@pytest.mark.parametrize(
    ("release", "enough"),
    [("6.18.44-fc", True), ("5.9.0", True), ("5.10", True), ("5.8.18-generic", False), ("4.18.0-553.el8", False)],
)
def test_a_kernel_that_can_carry_plans_out(release, enough):
    assert notices.new_enough(release) is enough
