"""The recorder for graders: root traces a program that has nothing and tries to get at it, past it, and rid of it."""

import io
import json
import os
import re
import secrets
import subprocess
import tarfile
import textwrap
from dataclasses import replace

import pytest

from proclab.engine import UIDS, Sandbox
from proclab.events import Evidence
from proclab.findings import believed, derive
from proclab.strace import evidence, read_folder

pytestmark = pytest.mark.docker
RECORD = "python -Es /usr/lib/proclab/record.py"
UID = secrets.choice(UIDS)
FOLDER = "/run/proclab/recording"
IN_TMP = "/tmp/proclab-recording"
ALIVE = rf"grep -lsE '^Uid:\s+{UID}' /proc/[0-9]*/status | xargs -r grep -LsE '^State:\s+[ZX]' | wc -l"


def grading(project, *without):
    """A container of the service `grading`, as a Session has it; perhaps without one of its places."""
    spec = project.spec("grading").running(PROCLAB_UID=str(UID), PROCLAB_BOX="guarded")
    return replace(spec, tmpfs=tuple(place for place in spec.tmpfs if place[0] not in without))


def shell(box, script, data=b"", uid=0):
    done = subprocess.run(
        ["docker", "exec", "-i", "-u", f"{uid}:{uid}", box, "sh", "-c", script],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.stdout, done.stderr.decode(errors="replace")


def guarded(box, program, *options):
    """Runs a program guarded; its output, what the recorder said, and the recording as {name: text}."""
    script = f"""umask 022; cat > /tmp/p.py
        {RECORD} run --guarded {" ".join(options)} -- /tmp/p.py > /tmp/out 2> /tmp/err < /dev/null
        echo "status $?" >> /tmp/err; {RECORD} pack
        cat /tmp/out >&2; echo ---- >&2; cat /tmp/err >&2; rm /tmp/out /tmp/err"""
    packed, said = shell(box, script, program.encode())
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = {member.name: archive.extractfile(member).read().decode() for member in archive if member.isreg()}
    out, _, err = said.partition("----\n")
    return out, err, files


@pytest.fixture(scope="module")
def box(engine, project):
    """One container for all: each recording begins with an empty folder, and leaves nobody running."""
    with Sandbox(engine, grading(project)) as one:
        yield one.name


@pytest.fixture(autouse=True)
def _nobody_lives_on(box):
    yield
    assert shell(box, ALIVE)[0].strip() == b"0"
    shell(box, "rm -rf /work/*", uid=UID)


def log_of(files):
    return "".join(text for name, text in files.items() if "/t." in name)


def end_of(files):
    return json.loads(files["guarded/end.json"])


def doubts(files):
    """Why the host takes it for no evidence; then it concludes nothing."""
    events = read_folder(files)
    worth = evidence(files, events)
    assert worth.guarded
    assert worth.whole or [fact.kind for fact in believed(derive(events), worth, events)] == ["not_whole"]
    return [doubt.code for doubt in worth.doubts]


# ---------------------------------------------------------------- at the recording

# What a program can find out about its tracer, and where the recording lies.
KNOWS = f"""
import ctypes, os, resource, signal, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
FOLDER = "{FOLDER}"
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
    "fill its file system": "open('/run/proclab/x', 'w')",
    "open the tracer's files": "os.listdir(f'/proc/{tracer}/fd')",
    "open the tracer's memory": "open(f'/proc/{tracer}/mem', 'r+b')",
    "trace the tracer": "call(libc.ptrace(16, tracer, 0, 0))",
    "be traced by another": "call(libc.ptrace(0, 0, 0, 0))",
    "read the tracer's memory": "call(libc.process_vm_readv(tracer, piece, 1, piece, 1, 0))",
    "write into the tracer": "call(libc.process_vm_writev(tracer, piece, 1, piece, 1, 0))",
    "limit the tracer": "resource.prlimit(tracer, resource.RLIMIT_FSIZE, (0, 0))",
    "have the tracer die first": "open(f'/proc/{tracer}/oom_score_adj', 'w').write('1000')",
    "starve the tracer": "os.sched_setaffinity(tracer, {0})",
    "ask the tracer to be nicer": "os.setpriority(os.PRIO_PROCESS, tracer, 19)",
    "ask the recorder to be nicer": "os.setpriority(os.PRIO_PROCESS, recorder, 19)",
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


def test_the_program_is_the_student_without_any_capability(box):
    out, _, files = guarded(box, "print(*open('/proc/self/status'), open('/proc/self/oom_score_adj').read())")
    values = {line.split(":")[0].strip(): line.split(":")[1].split() for line in out.splitlines() if ":" in line}
    assert values["Uid"] == values["Gid"] == [str(UID)] * 4
    assert values["Groups"] == []
    held = {tuple(values[name]) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
    assert held == {("0000000000000000",)}, "CapBnd is the recorder's, and out of reach: NoNewPrivs"
    assert (values["NoNewPrivs"], values["Seccomp"]) == (["1"], ["2"])
    assert out.split()[-1] == "1000", "when memory runs out"
    assert evidence(files) == Evidence(guarded=True)
    assert re.search(r"\+\+\+ exited with 0 \+\+\+", log_of(files))
    assert [event.argv for event in read_folder(files) if event.kind == "exec"] == [("python", "/tmp/p.py")]


def test_no_attempt_at_the_recording_succeeds(box):
    program = KNOWS + "".join(ATTEMPT.format(code=code, name=name) for name, code in ATTEMPTS.items())
    program += "libc.write(-1, b'L 1 f /etc/gshadow-', 19)\nlibc.write(-1, b'L 1 f /etc/passwd', 17)\n"
    out, err, files = guarded(box, program + "os.write(1, b'the end\\n')\n")
    assert json.loads(files["guarded/files.json"]) == {}, "a forged marker makes the recorder read nothing"
    assert [line for line in out.splitlines() if " refused " not in line] == ["the end"], out + err
    assert out.count("refused") == len(ATTEMPTS) >= 15
    log = log_of(files)
    assert r'write(1, "the end\n", 8)' in log
    assert "forged" not in log.replace('"forged"', "")
    assert doubts(files) == []


# ---------------------------------------------------------------- past it

# Each of these does something that strace would not see, or stands in front of it. The numbers are x86-64's.
PAST = r"""
import ctypes, errno, mmap, os, signal, struct
libc = ctypes.CDLL(None, use_errno=True)
def ask(name, *args):
    result = libc.syscall(*args)
    print(name, errno.errorcode[ctypes.get_errno()] if result == -1 else "DONE", flush=True)
    return result
space = ctypes.create_string_buffer(256)
allow = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000))
filter = ctypes.create_string_buffer(struct.pack("@HP", 1, ctypes.addressof(allow)))
ask("a ring", 425, 8, space)
ask("a ring of the old kind", 206, 8, space)
if ask("a child that isn't followed", 56, 0x00800000 | signal.SIGCHLD, 0, 0, 0, 0) == 0: os._exit(0)
if ask("a child by clone3", 435, space, 88) == 0: os._exit(0)
ask("a tracer of one's own", 101, 0x4206, os.getppid(), 0, 0)
ask("to be notified instead", 317, 1, 8, filter)
ask("a filter by prctl", 157, 22, 2, filter)
ask("another's memory", 310, os.getppid(), space, 0, space, 0, 0)
ask("another's descriptor", 438, 0, 0, 0)
code = bytes.fromhex("53 b829000000 bb01000000 cd80 5b c3")  # push rbx; eax = 41 (dup of i386); ebx = 1; int 0x80; pop
page = mmap.mmap(-1, len(code), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
dup = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("the 32-bit door", errno.errorcode[-dup] if dup < 0 else "DONE", flush=True)
ask("the x32 door", 0x40000000 | 32, 1)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers and machine code are of x86-64")
def test_every_way_past_the_recorder_is_shut(box):
    out, err, files = guarded(box, PAST)
    found = dict(line.rsplit(" ", 1) for line in out.splitlines())
    absent = {"a ring", "a ring of the old kind", "a child by clone3", "the 32-bit door", "the x32 door"}
    assert {name for name, answer in found.items() if answer == "ENOSYS"} == absent, out + err
    assert {name for name, answer in found.items() if answer == "EPERM"} == found.keys() - absent
    assert len(found) == 11
    assert doubts(files) == []


# Ways to move bytes and to make names that not every list of calls knows. Each leaves a word in the log.
MOVES = r"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
r, w = os.pipe()
os.pwritev(os.open("/work/by-pwritev", os.O_CREAT | os.O_RDWR), [b"pwritev-bytes"], 0, 0)
fd = os.open("/work/first", os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b"pwrite-bytes", 0); os.pread(fd, 5, 0); os.preadv(fd, [bytearray(5)], 0, 0)
piece = (ctypes.c_size_t * 2)(ctypes.addressof(text := ctypes.create_string_buffer(b"vmsplice-bytes")), 14)
assert libc.vmsplice(w, piece, 1, 0) == 14
assert libc.syscall(328, w, piece, 1, -1, -1, 0) in (-1, 14)  # pwritev2 at the present place: to a pipe
os.link("/work/first", "/work/linked"); os.rename("/work/first", "/work/renamed"); os.mkdir("/work/made")
os.copy_file_range(fd, os.open("/work/copied", os.O_CREAT | os.O_RDWR), 5)
queue = libc.mq_open(b"/queue", 0o102, 0o600, None); libc.mq_unlink(b"/queue")
queue = libc.msgget(7, 0o1600); message = ctypes.create_string_buffer(bytes([1]).ljust(8, bytes(1)) + b"msgsnd-bytes")
assert (libc.msgsnd(queue, message, 12, 0), libc.msgrcv(queue, message, 12, 0, 0)) == (0, 12)
libc.msgctl(queue, 0, None)
libc.semctl(libc.semget(7, 1, 0o1600), 0, 0); libc.shmctl(libc.shmget(7, 1, 0o1600), 0, None)
os.chdir("/work/made"); os.fchdir(os.open("/work", os.O_RDONLY))
if os.fork() == 0:
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: /proc/PID is root's now
    os.write(1, b"not dumpable\n"); os._exit(0)
os.wait()
"""
ORDINARY = r"""
import asyncio, multiprocessing, os, subprocess, threading
def say(text): os.write(1, f"{text}\n".encode())
def work(number): say(f"worker {number}"); return number * number
async def run():
    child = await asyncio.create_subprocess_exec("echo", "by asyncio"); await child.wait()
if __name__ == "__main__":
    moves()
    for method in ("fork", "forkserver", "spawn"):
        with multiprocessing.get_context(method).Pool(1) as pool: say(f"{method} {pool.map(work, [3])}")
    threads = [threading.Thread(target=say, args=(f"thread {n}",)) for n in range(4)]
    for one in threads: one.start()
    for one in threads: one.join()
    subprocess.run("echo by a shell; (echo by a subshell)", shell=True, check=True)
    asyncio.run(run())
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: say("a daemon")
"""


def test_ordinary_programs_are_recorded_whole(box):
    out, err, files = guarded(box, "def moves():\n" + textwrap.indent(MOVES, "    ") + ORDINARY)
    said = out.splitlines()
    assert {
        "worker 3",
        "fork [9]",
        "forkserver [9]",
        "spawn [9]",
        "by a shell",
        "by a subshell",
        "by asyncio",
        "a daemon",
        "not dumpable",
        *(f"thread {n}" for n in range(4)),
    } <= set(said), out + err
    log = log_of(files)
    assert [line for line in said if f'write(1, "{line}\\n", {len(line) + 1})' not in log] == []
    for words in ("pwritev-bytes", "pwrite-bytes", "pread64(", "preadv", "vmsplice-bytes", "/work/linked",
                  "/work/renamed", "/work/made", "copy_file_range(", "mq_open(", 'mtext="msgsnd-bytes"',
                  "msgrcv(", "semget(0x7, ", "shmget(0x7, ", 'chdir("/work/made"', "fchdir("):  # fmt: skip
        assert words in log
    assert os.uname().machine != "x86_64" or "pwritev2(4" in log
    assert doubts(files) == []
    assert "status 0" in err, err


# ---------------------------------------------------------------- rid of it

BOMB = r"""
import os, signal, time
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except OSError: pass
while True:  # no process can be made any more, and who stops is replaced
    try:
        if os.fork() == 0: os.setsid(); os.kill(os.getpid(), signal.SIGSTOP)
    except OSError: pass
"""
MEMORY = r"""
import os
while True:  # in nobody's resident set
    fd = os.memfd_create("more")
    for size in range(32): os.posix_fallocate(fd, size << 20, 1 << 20)
"""


def test_at_a_limit_everything_ends_though_no_process_can_be_made_and_no_signal_is_heard(box):
    # So many lines that most are of forks that failed: 256 processes leave fewer.
    _, err, files = guarded(box, BOMB, "--lines", "8000")
    assert "limit of 8000 lines" in err
    assert end_of(files)["logs"] > 200
    assert "EAGAIN" in log_of(files)
    assert doubts(files) == ["lines"]


def test_when_memory_runs_out_the_program_is_taken_and_not_its_recorder(box):
    _, err, files = guarded(box, MEMORY)
    assert "status 137" in err
    assert "memory" in err
    assert end_of(files)["code"] == -9
    assert doubts(files) == []


def test_a_program_that_floods_its_recording_is_ended_and_its_log_is_whole(box):
    _, err, files = guarded(box, "import os\nwhile True: os.close(os.dup(1))", "--lines", "3000")
    assert "limit of 3000 lines" in err
    assert doubts(files) == ["lines"]


def test_a_thousand_children_have_a_thousand_logs_and_no_more(box):
    program = "import os\nwhile True:\n    if os.fork() == 0: os._exit(0)\n    os.wait()"
    _, err, files = guarded(box, program, "--logs", "300")
    assert "limit of 300 processes and threads" in err
    assert doubts(files) == ["logs"]
    assert sum("/t." in name for name in files) == end_of(files)["logs"] >= 300


def test_where_no_room_is_left_the_recording_ends_and_says_so(box):
    shell(box, "head -c 31M /dev/zero > /run/proclab/ballast")
    try:
        _, err, files = guarded(box, "import os\nwhile True: os.close(os.dup(1))")
    finally:
        shell(box, "rm /run/proclab/ballast")
    assert "no room left" in err
    assert doubts(files) == ["full"]


def test_what_nobody_traces_is_ended_and_told(box):
    """The program can't make such a child; somebody else does it for it."""
    program = "import os\nos.close(os.open('/work/began', os.O_WRONLY))\nos.open('/work/made', os.O_RDONLY)"
    shell(box, "mkfifo /work/began /work/made", uid=UID)
    shell(
        box,
        f"(cat /work/began; exec setpriv --reuid={UID} --regid={UID} --clear-groups sh -c"
        " ': > /work/made; exec sleep 600') > /dev/null 2>&1 < /dev/null &",
    )
    out, err, files = guarded(box, program)
    assert doubts(files) == ["untraced"], out + err
    shell(box, "sleep 600 > /dev/null 2>&1 < /dev/null &", uid=UID)
    assert doubts(guarded(box, "print()")[2]) == ["untraced"], "one that was there before"
    assert doubts(guarded(box, "print()")[2]) == [], "and is gone now"


@pytest.mark.parametrize(
    ("whom", "code", "lives"), [(f"^{RECORD} run", "no_end", True), ("^strace ", "incomplete", False)]
)
def test_a_recorder_or_tracer_that_is_killed_leaves_no_evidence(box, whom, code, lives):
    """A program can't; when memory runs out the kernel may."""
    program = "import os\nos.close(os.open('/work/began', os.O_WRONLY))\nos.open('/work/never', os.O_RDONLY)"
    shell(box, "mkfifo /work/began /work/never", uid=UID)
    shell(box, f"(cat /work/began; pkill -9 -f '{whom}') > /dev/null 2>&1 < /dev/null &")
    _, _, files = guarded(box, program)
    events = read_folder(files)
    worth = evidence(files, events)
    assert code in [doubt.code for doubt in worth.doubts]
    assert [fact.kind for fact in believed(derive(events), worth, events)] == ["not_whole"]
    assert (shell(box, ALIVE)[0].strip() == b"1") is lives, "without its tracer a program is killed"
    shell(box, "kill -9 -1", uid=UID)
    shell(box, f"until [ $({ALIVE}) = 0 ]; do :; done")


# ---------------------------------------------------------------- without a file system of its own


def test_a_folder_that_somebody_made_beforehand_is_refused_and_one_in_tmp_is_said_to_be_shared(engine, project):
    with Sandbox(engine, grading(project, "/run/proclab")) as one:
        plain = one.name
        for trap in (f"mkdir -m 700 {IN_TMP}", f"ln -s /work {IN_TMP}", f"touch {IN_TMP}"):
            shell(plain, trap, uid=UID)
            said = shell(plain, f"{RECORD} run --guarded -- true; echo $?; ls -lAR /work")
            assert said[0].split()[0] == b"2", trap
            assert said[1].count("\n") == 1
            assert IN_TMP in said[1]
            packed, said = shell(plain, f"{RECORD} pack")
            assert (packed, said.count("\n")) == (b"", 1), "what lies there isn't handed over"
            shell(plain, f"rm -r {IN_TMP}", uid=UID)
        out, _, files = guarded(plain, "print('as ever')")
    assert out == "as ever\n"
    assert doubts(files) == ["shared"]
    assert 'write(1, "as ever\\n"' in log_of(files)
