"""The recorder's launcher without a container: what it asks strace for, where it stays, what a program inherits."""

import os
from types import SimpleNamespace

import pytest

from tests.unit.guest import module

tracer = module("tracer")


def test_the_command_is_one_that_keeps_out_of_the_programs_way():
    argv = tracer.command("/rec/1", ["python", "a.py", "-f"])
    assert argv[-4:] == ["--", "python", "a.py", "-f"]
    assert {"-DDD", "-A", "-ff", "--seccomp-bpf"} <= set(argv)
    assert "-yy" not in argv
    assert "-yy" in tracer.command("/rec/1", ["ls"], names=True)


@pytest.mark.parametrize(
    ("program", "python"),
    [("python", True), ("/usr/bin/python3.13", True), ("ls", False), ("/lab/run/x.sh", False), ("pythonic", False)],
)
def test_futex_is_traced_where_nothing_else_tells_of_locks(program, python):
    assert tracer.is_python([program]) is python
    calls = next(word for word in tracer.command("/rec/1", [program]) if word.startswith("--trace="))
    assert ("futex" in calls) is not python


def test_on_x86_64_calls_are_named_for_the_machines_own_way_and_by_the_others_all_are_traced():
    assert tracer.traced_calls(["read", "?pause"], "x86_64") == "read@64,?pause@64,all@32,all@x32"


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_elsewhere_calls_are_named_plainly(machine):
    assert tracer.traced_calls(["read", "?pause"], machine) == "read,?pause"


def test_every_program_has_a_folder_of_its_own(tmp_path):
    assert [tracer._new_folder(str(tmp_path)) for _ in range(3)] == [f"{tmp_path}/{n}" for n in (1, 2, 3)]


@pytest.fixture
def descriptors(tmp_path):
    """A file opened twice, one of the two duplicated: a, another, dup of a. A pipe."""
    path = tmp_path / "file"
    path.write_text("x")
    one, other = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    fds = [one, other, os.dup(one), *os.pipe()]
    for fd in fds:
        os.set_inheritable(fd, True)
    yield fds
    for fd in fds:
        os.close(fd)


def test_an_open_file_description_is_told_from_a_second_one_of_the_same_file(descriptors):
    one, other, copy, r, w = descriptors
    assert tracer.same_description(one, copy)
    assert not tracer.same_description(one, other)
    assert not tracer.same_description(r, w)
    assert [fd for fd in descriptors if tracer.fcntl.fcntl(fd, tracer.fcntl.F_GETSIG)] == [], "nothing has changed"


def test_inherited_descriptors_are_listed_with_what_they_are(descriptors):
    one, other, copy, r, w = descriptors
    found = {entry["fd"]: entry for entry in tracer.open_files()}
    assert (found[one]["of"], found[copy]["of"], found[other]["of"]) == (one, one, other)
    assert [found[fd]["what"] for fd in (one, r, w)] == ["file", "pipe", "pipe"]
    assert [found[fd]["flags"] for fd in (one, r, w)] == ["O_RDWR", "O_RDONLY", "O_WRONLY"]
    assert found[r]["ino"] == found[w]["ino"]


def test_a_descriptor_that_exec_closes_is_not_inherited():
    r, w = os.pipe()
    try:
        assert not {r, w} & {entry["fd"] for entry in tracer.open_files()}
    finally:
        os.close(r)
        os.close(w)


def test_flags_are_written_as_strace_does():
    assert tracer.flags_text(os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK) == "O_WRONLY|O_APPEND|O_NONBLOCK"


def test_what_can_not_be_started_is_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tracer, "_pin", lambda recording: None)
    assert tracer.main([str(tmp_path), "plain", "--", "nothing"]) == 127
    assert "No such file" in capsys.readouterr().err
    assert tracer.main(["x"]) == 2


def test_a_guarded_program_is_behind_the_filter_before_it_is_itself():
    words = tracer.guard("/rec", 7, {})
    assert words[words.index("--seccomp-filter") + 1] == "/rec/filter"
    assert words[-1] == "--"
    assert words.count("--") == 2
    limited = tracer.guard("/rec", 7, {"cpu": 3, "nofile": 20})
    assert limited[4:8] == ["prlimit", "--cpu=3:4", "--nofile=20:20", "--"]
    assert limited.count("--") == 3
    assert words.index("choom") < words.index("setpriv") < words.index("--no-new-privs")


def test_with_a_plan_strace_stops_at_every_call_and_takes_the_program_along_when_it_ends():
    assert "--seccomp-bpf" not in (argv := tracer.command("/rec/1", ["ls"], plan="fork:EAGAIN"))
    assert "--kill-on-exit" in argv
    assert "--kill-on-exit" not in tracer.command("/rec/1", ["ls"])


@pytest.mark.parametrize(("limits", "after"), [({}, 2), ({"cpu": 3}, 3)])
def test_with_a_plan_a_guarded_program_goes_through_the_shim_while_root_and_its_execs_are_counted(limits, after):
    words = tracer._planned(tracer.guard("/rec", 7, limits), "fork:EAGAIN open:EMFILE", 0, "/rec/1")
    assert words.index("choom") < words.index("-IS") < words.index("setpriv")
    assert words[words.index("-IS") + 3 :][:5] == ["0", "/rec/1", f"{after}", "fork,open", "--"]
    assert words.count("--") == after + 1
    assert tracer._planned([], "fork:EAGAIN", 0, "/rec/1")[-5:] == ["0", "/rec/1", "1", "fork", "--"]


@pytest.mark.parametrize("call", ["pwritev2", "preadv2", "vmsplice", "pwrite64", "mq_open", "io_uring_setup", "rename"])
def test_no_way_to_move_bytes_or_to_make_a_name_is_left_out(call):
    assert call in {name.lstrip("?") for name in tracer.CALLS}
    assert "getppid" not in tracer.CALLS


# ---------------------------------------------------------------- one processor


@pytest.fixture
def pinned(monkeypatch):
    """Where the process was put; it isn't really moved. The machine has the processors 2, 5 and 7."""
    places = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {7, 2, 5})
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cpus: places.append(cpus))
    return places


def test_the_programs_of_a_recording_share_the_processor_on_which_the_first_one_started(tmp_path, monkeypatch, pinned):
    monkeypatch.delenv("PROCLAB_RUN", raising=False)
    for present in (5, 2):
        there = SimpleNamespace(processor=present)
        monkeypatch.setattr(tracer.proc, "stat", lambda pid, there=there: there)
        assert tracer._pin(str(tmp_path)) == 5
    (tmp_path / "5").mkdir()
    assert not (tmp_path / "cpu").exists(), "the choice is no second name of a program's folder"
    (tmp_path / "another").mkdir()
    assert tracer._pin(str(tmp_path / "another")) == 2
    assert pinned == [{5}, {5}, {2}]


def test_containers_that_record_together_choose_alike_whatever_their_processor(tmp_path, monkeypatch, pinned):
    chosen = set()
    for run in map(str, range(30)):
        monkeypatch.setenv("PROCLAB_RUN", run)
        both = {tracer._pin(str(tmp_path / box)) for box in ("server", "client")}
        assert len(both) == 1
        chosen |= both
    assert chosen == {2, 5, 7}, "different runs spread over the processors"


def test_a_recording_goes_on_where_no_processor_can_be_chosen(tmp_path, monkeypatch, pinned):
    monkeypatch.delenv("PROCLAB_RUN", raising=False)
    (tmp_path / "cpu").symlink_to("nonsense")
    assert tracer._pin(str(tmp_path)) is None
    assert pinned == []
