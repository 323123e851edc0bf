"""guest/desk.py: what of a program's folder is laid out beside it, and how; no container."""

import os
import stat

import pytest

from tests.unit.guest import module

desk = module("desk")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The mounted folder and the working directory."""
    run, work = tmp_path / "run", tmp_path / "work"
    run.mkdir()
    work.mkdir()
    monkeypatch.setattr(desk, "RUN", str(run))
    monkeypatch.setattr(desk, "WORK", str(work))
    monkeypatch.chdir(tmp_path)
    (run / "my.py").write_text("pass\n")
    return run, work


def lay(run, *words):
    return desk.laid_out([f"{run}/my.py", *words])


def kinds(work):
    """Name → what is there."""
    found = {}
    for path in work.iterdir():
        found[path.name] = "link" if path.is_symlink() else stat.filemode(path.lstat().st_mode)
    return found


def test_the_command_is_as_typed_in_the_programs_own_folder(folders):
    run, work = folders
    assert lay(run, "5", "a b") == (["my.py", "5", "a b"], {})
    assert os.getcwd() == str(work)


@pytest.mark.parametrize(
    ("name", "typed"), [("x.sh", "./x.sh"), ("-c.py", "./-c.py"), ("-i", "./-i"), ("a b.py", "a b.py")]
)
def test_a_name_is_never_taken_for_an_option_or_looked_for_on_the_path(folders, name, typed):
    run, _ = folders
    (run / name).write_text("")
    assert desk.laid_out([f"{run}/{name}"])[0] == [typed]


def test_a_program_from_elsewhere_stays_where_it_is(folders):
    run, work = folders
    for argv in (["/lab/demos/x.py", "1"], ["ls"], [f"{run}/sub/x.py"]):
        assert desk.laid_out(argv) == (argv, {})
    assert list(work.iterdir()) == []


def test_files_keep_their_bytes_modes_and_times_but_no_set_id_bit(folders):
    run, work = folders
    for name, mode in (("run.sh", 0o755), ("only.txt", 0o444), ("suid", 0o4755)):
        (run / name).write_bytes(name.encode() * 3)
        (run / name).chmod(mode)
    os.utime(run / "only.txt", (5, 7))
    lay(run)
    modes = {"my.py": "-rw-r--r--", "run.sh": "-rwxr-xr-x", "only.txt": "-r--r--r--", "suid": "-rwxr-xr-x"}
    assert kinds(work) == modes
    assert (work / "run.sh").read_bytes() == b"run.sh" * 3
    assert (work / "only.txt").stat().st_mtime == 7


def test_what_is_written_stays_out_of_the_original(folders):
    run, work = folders
    (run / "sub").mkdir()
    (run / "sub/data").write_text("before")
    lay(run)
    (work / "sub/data").write_text("after")
    (work / "my.py").write_text("after")
    assert (run / "sub/data").read_text() == "before"
    assert (run / "my.py").read_text() == "pass\n"


def test_a_link_within_the_folder_is_one_and_one_that_leads_out_is_left_out_with_a_word(folders):
    run, work = folders
    (run / "sub").mkdir()
    (run / "good").symlink_to("my.py")
    (run / "sub/up").symlink_to("../my.py")
    for name, target in (("host", "/etc/passwd"), ("up", "../x"), ("round", "sub/../../x"), ("parent", "..")):
        (run / name).symlink_to(target)
    _, told = lay(run)
    assert set(kinds(work)) == {"my.py", "sub", "good"}
    assert os.readlink(work / "good") == "my.py"
    assert os.readlink(work / "sub/up") == "../my.py"
    assert sorted(told["outside"].replace(" … (4)", "").split(", "))[0] in ("host", "parent", "round", "up")
    assert told["outside"].endswith("(4)")


def test_a_fifo_is_a_new_one_and_a_socket_is_nothing(folders):
    import socket

    run, work = folders
    os.mkfifo(run / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(run)
        listening.bind("sock")
        lay(run)
    assert set(kinds(work)) == {"my.py", "fifo"}
    assert (work / "fifo").is_fifo()
    assert (work / "fifo").stat().st_ino != (run / "fifo").stat().st_ino


@pytest.mark.parametrize("limit", ["BYTES", "FILES", "DEPTH", "LOOKED_AT"])
def test_what_is_too_large_is_a_link_to_the_original_and_told(folders, monkeypatch, limit):
    run, work = folders
    deep = run / "big/a/b/c"
    deep.mkdir(parents=True)
    for number in range(9):
        (deep / str(number)).write_bytes(bytes(100))
    monkeypatch.setattr(desk, limit, {"BYTES": 500, "FILES": 8, "DEPTH": 3, "LOOKED_AT": 8}[limit])
    (run / "small").mkdir()
    _, told = lay(run)
    assert told["large"].split(", ")[0] == "big"
    assert os.readlink(work / "big") == str(run / "big")
    assert kinds(work)["my.py"] == "-rw-r--r--"
    if limit != "LOOKED_AT":
        assert kinds(work)["small"] == "drwxr-xr-x", "what came to nothing uses nothing up"


def test_within_the_limits_nothing_is_linked(folders):
    run, work = folders
    deep = run / "big/a/b/c"
    deep.mkdir(parents=True)
    (deep / "1").write_bytes(bytes(100))
    assert lay(run)[1] == {}
    assert not (work / "big").is_symlink()
    assert (work / "big/a/b/c/1").read_bytes() == bytes(100)


def test_one_of_more_programs_than_are_looked_at_is_found_all_the_same(folders, monkeypatch):
    run, work = folders
    monkeypatch.setattr(desk, "LOOKED_AT", 0)
    argv, _ = lay(run)
    assert argv == ["my.py"]
    assert (work / "my.py").read_text() == "pass\n"


def test_git_and_its_like_are_links_without_a_word(folders):
    run, work = folders
    (run / ".git").mkdir()
    assert lay(run)[1] == {}
    assert kinds(work)[".git"] == "link"


def test_in_the_checkout_itself_what_is_ours_is_not_copied(folders):
    run, work = folders
    (run / "out").mkdir()
    lay(run)
    assert kinds(work)["out"] == "drwxr-xr-x"
    (run / "scripts").mkdir()
    (run / "scripts/lab").write_text("")
    (work / "out").rmdir()
    lay(run)
    assert kinds(work)["out"] == kinds(work)["scripts"] == "link"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_is_closed_to_us_says_so_under_its_own_name(folders):
    run, work = folders
    (run / "key").write_text("x")
    (run / "key").chmod(0)
    lay(run)
    with pytest.raises(PermissionError):
        (work / "key").read_text()


def test_what_can_not_be_opened_is_a_link(folders, monkeypatch):
    run, work = folders

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(desk.MAKERS, "file", refuse)
    lay(run)
    assert kinds(work) == {"my.py": "link"}


def test_a_second_run_in_the_same_container_finds_its_folder_fresh(folders):
    run, work = folders
    lay(run)
    (work / "my.py").unlink()
    (work / "my.py").symlink_to(run / "my.py")
    (run / "my.py").write_text("new")
    lay(run)
    assert (work / "my.py").read_text() == "new"
    assert not (work / "my.py").is_symlink()


def test_names_are_told_printable_and_not_all():
    assert desk.first_of(["a", "b\x1b[31m"]) == "a, 'b\\x1b[31m'"
    assert desk.first_of(list("abcde")) == "a, b, c … (5)"
