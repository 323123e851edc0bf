"""What comes out of a container by make trace-N, and ending it: programs that reach for the packer, or won't go."""

import os
import re
import stat

import pytest

from tests.containers.making import Recording, make, make_at_work

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("nothing_is_left")]

# A child that no tracer follows (CLONE_UNTRACED), and a second one that lets its system calls through: the recorder's
# filter refuses a program without a tracer those that are on its list (seccomp(2), SECCOMP_RET_TRACE).
UNTRACED = """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long] * 4

def untraced(work):
    child = libc.syscall(CLONE, 0x00800000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        work()
        os._exit(0)
    return child

def let_through(pid):
    while libc.ptrace(0x4206, pid, 0, 0x80) < 0: pass
    while True: libc.ptrace(7, pid, 0, 0)
""".replace("CLONE", "56" if os.uname().machine == "x86_64" else "220")
# Waits for what packs or stops, and does its worst to it.
HUNTER = """
def hunt():
    def others():
        for pid in os.listdir('/proc'):
            try:
                if pid.isdigit() and int(pid) != os.getpid() and WORD in open(f'/proc/{pid}/cmdline', 'rb').read():
                    yield int(pid)
            except OSError:
                pass
    while os.getppid() and libc.syscall(DUP, 1) < 0: pass
    while True:
        for pid in others():
            try:
                os.kill(pid, signal.SIGSTOP)
                out = os.open(f'/proc/{pid}/fd/1', os.O_WRONLY)
                os.write(out, FORGED)
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

hunter = untraced(hunt)
untraced(lambda: let_through(hunter))
print('an innocent line', flush=True)
""".replace("DUP", "32" if os.uname().machine == "x86_64" else "23")
FORGED = (
    "import io, tarfile\n"
    + """
def forged():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as tar:
        for name, kind, more in [('lab-1/suid', b'0', dict(mode=0o6755)), ('lab-1/disk', b'4', dict(mode=0o666)),
                                 ('lab-1/1', b'2', dict(linkname='/etc')), ('facts.jsonl', b'0', {})]:
            info = tarfile.TarInfo(name)
            info.type = kind
            for key, value in more.items(): setattr(info, key, value)
            tar.addfile(info)
    return out.getvalue()
FORGED = forged()
"""
)


def only_plain_files(folder):
    """Nothing below but folders and regular files of mode 0644."""
    return [
        str(path)
        for path in folder.rglob("*")
        if not stat.S_ISDIR(mode := path.lstat().st_mode) and mode != stat.S_IFREG | 0o644
    ]


@pytest.mark.parametrize("word", ["record.py\\0pack", "record.py\\0stop"])
def test_a_program_that_hunts_for_the_packer_or_the_end_gets_neither(any_compose, trace, own, word, tmp_path):
    path = own(UNTRACED + FORGED + f"WORD = b'{word}'\n" + HUNTER)
    done, recording = trace(any_compose, "trace-1", f"RUN={path}")
    assert done.stdout == "an innocent line\n"
    assert done.returncode == 0, done.stderr
    assert only_plain_files(tmp_path / "out") == []
    assert [path.name for path in recording.folder.iterdir()] == ["lab-1"]
    assert len(re.findall("proclab: something ran beside the recorder to the end and was killed", done.stderr)) == 1
    packed, taken, end = (recording.json(f"lab-1/{name}.json") for name in ("packed", "taken", "end"))
    assert (packed["running"], end["doubts"], taken["whole"]) == ([], ["untraced"], True)
    assert "an innocent line" in recording.text()


def test_a_recording_that_nobody_reached_for_is_whole(any_compose, trace, own, tmp_path):
    done, recording = trace(any_compose, "trace-1", f"RUN={own('pass')}")
    assert done.returncode == 0
    packed, taken = recording.json("lab-1/packed.json"), recording.json("lab-1/taken.json")
    assert packed == {"v": 1, "running": [], "left_out": []}
    assert (taken["whole"], taken["refused"]) == (True, {})
    assert only_plain_files(tmp_path / "out") == []
    assert recording.json("lab-1/end.json")["doubts"] == []
    assert "beside" not in done.stderr


PLANTER = """
import os, pathlib
folder = pathlib.Path('/tmp/proclab-recording')
(folder / '1' / 't.77').symlink_to('/etc/passwd')
os.mkfifo(folder / '1' / 't.78')
(folder / '2').symlink_to('/etc')
(folder / 'facts.jsonl').write_text('{"fact": "forged"}')
(folder / '1' / 'evil').write_text('x')
print('planted', flush=True)
"""


def test_what_a_program_plants_in_its_recording_is_left_out_and_its_pictures_are_made(any_compose, own, tmp_path):
    done = make(any_compose | {"OUT": str(tmp_path / "out")}, "trace-1", f"RUN={own(PLANTER)}")
    assert done.returncode == 0, done.stderr
    recording = Recording(tmp_path / "out")
    assert only_plain_files(tmp_path / "out") == []
    assert recording.json("lab-1/packed.json")["left_out"] == ["1/t.77", "1/t.78"]
    assert "root:x" not in "".join(path.read_text() for path in (tmp_path / "out").glob("*/*") if path.is_file())
    assert (recording.folder.parent / "run.html").is_file()


BLOCKED = "import os\nr, w = os.pipe()\nprint('ready', flush=True)\nos.read(r, 1)\n"


def test_a_recorded_program_is_looked_at_as_its_own_user(any_compose, own, tmp_path):
    """Though its container is held by another one."""
    environment = any_compose | {"RAW": "1", "OUT": str(tmp_path / "out")}
    with make_at_work(environment, "trace-1", f"RUN={own(BLOCKED)}"):
        looked = make(any_compose, "look-1")
        inside = make(any_compose, "shell-1", stdin=None, input="id -un; stat -c %U /proc/1\n")
    assert "waits in read of fd 3" in looked.stdout, looked.stdout + looked.stderr
    assert inside.stdout.split() == ["student", "UNKNOWN"]
