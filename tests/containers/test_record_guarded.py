"""The recorder for graders: root with four capabilities traces a student with none, who tries to get at it."""

import io
import json
import os
import re
import subprocess
import tarfile

import pytest

from proclab.strace import read_folder
from tests.containers.test_make import dotenv

pytestmark = pytest.mark.docker
RECORD = "python -Es /usr/lib/proclab/record.py"
CONTAINER = [
    "docker", "run", "--rm", "-i", "--init", "--network", "none", "--user", "0:0", "--cap-drop", "ALL",
    "--cap-add", "SETUID", "--cap-add", "SETGID", "--cap-add", "SYS_PTRACE", "--cap-add", "DAC_READ_SEARCH",
    "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/tmp:size=64m,mode=1777,exec",
    "--tmpfs", "/work:size=16m,uid=1000,gid=1000,exec",
    "--memory", "256m", "--pids-limit", "64", "-e", "PROCLAB_BOX=guarded",
]  # fmt: skip
# What a program can find out about its tracer, and where the recording lies.
KNOWS = """
import ctypes, os, resource, signal, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
FOLDER = "/tmp/proclab-recording"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
tracer, recorder = int(status["TracerPid"]), os.getppid()
buffer = ctypes.create_string_buffer(8)
piece = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)  # struct iovec
def call(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
"""
ATTEMPTS = {
    "kill the tracer": "os.kill(tracer, signal.SIGKILL)",
    "stop the tracer": "os.kill(tracer, signal.SIGSTOP)",
    "kill the recorder": "os.kill(recorder, signal.SIGKILL)",
    "kill everybody else's": "os.kill(recorder, signal.SIGTERM)",
    "list the recording": "os.listdir(FOLDER)",
    "read a log": "open(f'{FOLDER}/1/t.{os.getpid()}').read()",
    "write to a log": "open(f'{FOLDER}/1/t.{os.getpid()}', 'a').write('forged')",
    "truncate a log": "os.truncate(f'{FOLDER}/1/t.{os.getpid()}', 0)",
    "remove a log": "os.unlink(f'{FOLDER}/1/t.{os.getpid()}')",
    "rename the folder": "os.rename(FOLDER, '/tmp/gone')",
    "put a link in its place": "os.symlink('/work', FOLDER)",
    "open the tracer's files": "os.listdir(f'/proc/{tracer}/fd')",
    "open the tracer's memory": "open(f'/proc/{tracer}/mem', 'r+b')",
    "trace the tracer": "call(libc.ptrace(16, tracer, 0, 0))",
    "be traced by another": "call(libc.ptrace(0, 0, 0, 0))",
    "read the tracer's memory": "call(libc.process_vm_readv(tracer, piece, 1, piece, 1, 0))",
    "write into the tracer": "call(libc.process_vm_writev(tracer, piece, 1, piece, 1, 0))",
    "limit the tracer": "resource.prlimit(tracer, resource.RLIMIT_FSIZE, (0, 0))",
    "starve the tracer": "os.sched_setaffinity(tracer, {0})",
    "ask the tracer to be nicer": "os.setpriority(os.PRIO_PROCESS, tracer, 19)",
    "be root": "os.setuid(0)",
    "be root by a new namespace": "call(libc.unshare(0x10000000))",
    "ask for a recorder's stop": "open(f'{FOLDER}/stop', 'w')",
    "mount over the recording": "call(libc.mount(b'/work', FOLDER.encode(), None, 4096, None))",
}


ATTEMPT = """
try:
    {code}
except OSError as error:
    print({name!r}, 'refused', error.errno)
else:
    print({name!r}, 'DONE')
"""


def guarded(program, *options):
    """Runs a program guarded; its output, and the recording as {name: text}."""
    script = f"""umask 022; cat > /tmp/p.py
        {RECORD} run --guarded {' '.join(options)} -- /tmp/p.py > /tmp/out 2> /tmp/err < /dev/null
        {RECORD} pack; cat /tmp/out >&2; echo ---- >&2; cat /tmp/err >&2"""
    done = subprocess.run([*CONTAINER, dotenv("PROCLAB_IMAGE"), "sh", "-c", script], input=program.encode(),
                          capture_output=True, timeout=120, check=False)  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        files = {member.name: archive.extractfile(member).read().decode() for member in archive if member.isreg()}
    out, _, err = done.stderr.decode().partition("----\n")
    return out, err, files


def test_the_program_is_the_student_without_any_capability():
    out, _, files = guarded("print(*[l for l in open('/proc/self/status') if l[:3] in ('Uid', 'Gid', 'Cap', 'NoN')])")
    values = {line.split(":")[0].strip(): line.split(":")[1].split() for line in out.splitlines() if ":" in line}
    assert values["Uid"] == values["Gid"] == ["1000"] * 4
    held = {tuple(values[name]) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
    assert held == {("0000000000000000",)}, "CapBnd is the recorder's, and out of reach: NoNewPrivs"
    assert values["NoNewPrivs"] == ["1"]
    assert json.loads(files["guarded/end.json"])["incomplete"] == []
    assert re.search(r"\+\+\+ exited with 0 \+\+\+", "".join(files.values()))


def test_no_attempt_at_the_recording_succeeds():
    program = KNOWS + "".join(ATTEMPT.format(code=code, name=name) for name, code in ATTEMPTS.items())
    program += "libc.write(-1, b'L 1 f /etc/gshadow-', 19)\nlibc.write(-1, b'L 1 f /etc/passwd', 17)\n"
    out, err, files = guarded(program + "os.write(1, b'the end\\n')\n")
    assert json.loads(files["guarded/files.json"]) == {}, "a forged marker makes the recorder read nothing"
    assert [line for line in out.splitlines() if " refused " not in line] == ["the end"], out + err
    assert out.count("refused") == len(ATTEMPTS) >= 15
    log = "".join(text for name, text in files.items() if "/t." in name)
    assert r'write(1, "the end\n", 8)' in log
    assert "forged" not in log.replace('"forged"', "")
    assert json.loads(files["guarded/end.json"])["stopped"] == ""


THE_32_BIT_DOOR = """
import ctypes, mmap
code = bytes.fromhex("53 b829000000 bb01000000 cd80 5b c3")  # push rbx; eax = 41 (dup of i386); ebx = 1; int 0x80; pop
page = mmap.mmap(-1, len(code), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
dup = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("32-bit dup:", dup(), flush=True)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="only there 32-bit calls have a door of their own")
def test_a_call_by_the_32_bit_door_is_recorded_like_any_other():
    out, _, files = guarded(THE_32_BIT_DOOR)
    if "32-bit dup: -" in out or "32-bit dup" not in out:
        pytest.skip(f"this kernel has no 32-bit calls: {out}")
    (number,) = re.findall(r"32-bit dup: (\d+)", out)
    log = "".join(text for name, text in files.items() if "/t." in name)
    assert re.search(rf"dup\(1\) += {number}\b", log)
    texts = {name: text for name, text in files.items() if not name.endswith("facts.jsonl")}
    told = [event for event in read_folder(texts) if event.kind == "dup" and event.to]
    assert [(event.fd, event.to.fd) for event in told] == [(1, int(number))]


def test_a_program_that_floods_its_recording_is_ended_and_its_log_is_whole():
    _, err, files = guarded("import os\nwhile True: os.close(os.dup(1))", "--lines", "3000")
    assert "limit of 3000 lines" in err
    end = json.loads(files["guarded/end.json"])
    assert (end["stopped"], end["incomplete"]) == ("lines", [])


def test_a_daemon_is_recorded_too():
    program = "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: os.write(1, b'daemon')\n"
    _, _, files = guarded(program)
    assert sum("/t." in name for name in files) == 3
