"""The image: everything a lab needs is there and works confined; and it is the same wherever and whenever it is made.

Whatever builds runs in a copy of the checkout, so that this one's .env and cache stay as they are.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from proclab.engine import labels

REPO = Path(__file__).parents[2]
CONFINED = [
    "--rm", "-i", "--init", "--network", "none", "--read-only", "--cap-drop", "ALL", "--user", "1000:1000",
    "--security-opt", "no-new-privileges:true", "--tmpfs", "/tmp:mode=1777", "--label", "proclab.test=image",
]  # fmt: skip
pytestmark = [pytest.mark.docker, pytest.mark.slow]


def run(*command, check=True, timeout=240, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **kwargs)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def script(checkout, *arguments, check=True, **env):
    """scripts/image of a checkout, with a clean slate of PROCLAB_ variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PROCLAB_", "FILE"))}
    return run(str(checkout / "scripts/image"), *arguments, check=check, env={**clean, **env}, cwd="/")


def copy_of(checkout, place):
    place.mkdir()
    for name in ("docker", "scripts", "compose.yaml", "Makefile", "README.md", "labs"):
        source = checkout / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, place / name)
    return place


@pytest.fixture
def checkout(tmp_path):
    return copy_of(REPO, tmp_path / "checkout")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The name of the image that docker/ describes, built if need be."""
    place = copy_of(REPO, tmp_path_factory.mktemp("image") / "checkout")
    script(place, "build")
    return dict(line.split("=", 1) for line in (place / ".env").read_text().splitlines())["PROCLAB_IMAGE"]


def inside(image, program, *command):
    return run("docker", "run", *CONFINED, image, *command, input=program).stdout


# ---- what is in it ---------------------------------------------------------------------------------------

LOOKS = {
    "id": "uid=1000(student) gid=1000(student) groups=1000(student)",
    "pwd": "/work",
    "locale": "LC_ALL=",
    "python --version": "Python 3.13",
    "python -c 'import psutil, ctypes, ssl, sqlite3, readline, curses; print(psutil.Process().name())'": "python",
    "python -c 'import ctypes.util; print(ctypes.util.find_library(\"c\"))'": "libc.so.6",
    "ps aux": "sleep 1000",
    "ps -eLf": "NLWP",
    "pstree -p": "sleep(",
    "pidof sleep": "",
    "pgrep -l sleep": "sleep",
    "lsof -a -p $$": "/usr/bin/bash",
    "ls -la /proc/$$/fd": "0 ->",
    "lsof -n -P -i TCP": "(LISTEN)",
    "ss -tnp": "users:((",
    "strace -f -e trace=execve true 2>&1": '/usr/bin/true", ["true"]',
    "strace --version": "strace -- version 6.",
    "echo seen | less": "seen",
    "fuser -v /usr/bin/bash 2>&1": "student",
    "setpriv --dump": "uid: 1000",
    "taskset -p $$": "affinity",
    "lslocks": "COMMAND",
    "prlimit --pid $$": "NOFILE",
    "top -b -n 1": "sleep",
    "ps aux | awk '/sleep/ { print $1 }'": "student",
    "which python": "/usr/bin/python",
    "mkfifo /tmp/f && ls -l /tmp/f": "prw",
    "find / -xdev -perm /6000 2>/dev/null; echo none": "none",
}
LISTENER = (
    "import socket, time; s = socket.create_server(('127.0.0.1', 50008));"
    "c = socket.create_connection(('127.0.0.1', 50008)); print('ready', flush=True); time.sleep(1000)"
)
SEPARATOR = "-=-=-"


@pytest.fixture(scope="module")
def looks(image):
    """The output of every command of LOOKS, from one confined container with something to look at."""
    lines = ["sleep 1000 &", f'exec 9< <(python -c "{LISTENER}"); read -r -u 9 _']
    lines += [f"{command}\necho '{SEPARATOR}'" for command in LOOKS]
    outputs = inside(image, "\n".join([*lines, "kill %1", "pkill -KILL python", "true"]), "bash", "-s")
    return dict(zip(LOOKS, outputs.split(f"{SEPARATOR}\n"), strict=False))


@pytest.mark.parametrize("command", LOOKS)
def test_a_command_works_confined(looks, command):
    assert LOOKS[command] in looks[command]
    if command.startswith("find"):
        assert looks[command] == "none\n"
    if command.startswith("pidof"):
        assert looks[command].strip().isdigit()


LIBRARIES = """
import glob, os, subprocess
loader = sorted(glob.glob('/usr/lib*/ld-linux*') + glob.glob('/usr/lib/*/ld-linux*'))[0]
for folder, _, names in os.walk('/usr'):
    for path in (os.path.join(folder, name) for name in names):
        if os.path.islink(path) or open(path, 'rb').read(4) != b'\\x7fELF':
            continue
        listing = subprocess.run([loader, '--list', path], capture_output=True, text=True)
        print(path, *(line for line in listing.stdout.splitlines() if 'not found' in line))
"""


def test_no_program_misses_a_library(image):
    found = inside(image, LIBRARIES, "python", "-")
    assert len(found.splitlines()) > 250
    assert "not found" not in found


# Debian packages them apart, or they are another system's.
ABSENT = {
    "_dbm", "_gdbm", "_tkinter", "ensurepip", "idlelib", "pydoc_data", "tkinter", "turtle", "turtledemo",
    "_ios_support", "_overlapped", "_scproxy", "_winapi", "_wmi", "msvcrt", "nt", "winreg", "winsound",
}  # fmt: skip
IMPORTS = """
import importlib, sys, warnings
warnings.simplefilter('ignore')
for name in sorted(sys.stdlib_module_names - {'this', 'antigravity'}):
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
"""


def test_the_standard_library_is_whole(image):
    assert set(inside(image, IMPORTS, "python", "-").split()) <= ABSENT


def test_modules_come_compiled(image):
    verbose = run("docker", "run", *CONFINED, image, "python", "-v", "-c", "import asyncio, psutil, unittest").stderr
    sources = {line.rpartition(" ")[2].strip("'") for line in verbose.splitlines() if line.startswith("# code object")}
    assert len(sources) > 100
    assert [source for source in sources if not source.endswith(".pyc")] == []


def test_only_tmp_is_writable_and_only_root_owns(image):
    looking = "find / -xdev ! -type l -perm /022; find / -xdev ! -uid 0; true"
    assert sorted(inside(image, looking, "sh", "-s").split()) == ["/home/student", "/tmp", "/var/tmp", "/work"]


def test_size_and_labels(image):
    facts = json.loads(run("docker", "image", "inspect", image).stdout)[0]
    assert facts["Size"] <= 100e6
    assert {"proclab.fingerprint", "proclab.rootfs", "proclab.recipe", "proclab.confinement"} <= set(
        facts["Config"]["Labels"]
    )
    assert facts["Config"]["User"] == "1000:1000"


# ---- it is the same, wherever and whenever ---------------------------------------------------------------


def manifest(image):
    """Every file and package of an image, as docker/manifest.py writes them down."""
    command = ("--network", "none", "--user", "0", image, "python3", "-I", "-B", "/manifest.py")
    name = run("docker", "create", "--label", "proclab.test=image", *command).stdout.strip()
    try:
        run("docker", "cp", str(REPO / "docker/manifest.py"), f"{name}:/manifest.py")
        return run("docker", "start", "-a", name).stdout.splitlines()
    finally:
        run("docker", "rm", "-f", name)


@pytest.fixture
def base(tmp_path):
    """A stand-in for the Dockerfile's base image: there may be no registry here."""
    name = f"proclab-test-base:{os.getpid()}"
    run(str(REPO / "docker/bootstrap"), "base", str(tmp_path / "base"))
    owner = ("--owner=0", "--group=0", "--numeric-owner")
    with subprocess.Popen(["tar", "-C", str(tmp_path / "base"), *owner, "-c", "."], stdout=subprocess.PIPE) as tar:
        run("docker", "import", "-", name, stdin=tar.stdout)
    yield name
    run("docker", "rmi", name)


# A minute: not in the default run, CI plays it by name.
@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("apt-get"), reason="the host has no apt")
def test_a_build_stage_and_the_host_make_the_same_file_system(checkout, base):
    """The Dockerfile as it is, its first stage run by the engine, against the tree that the host's apt made."""
    names = [f"proclab-test-{stage}:{os.getpid()}" for stage in ("rootfs", "lab")]
    host = f"proclab-test-host:{os.getpid()}"
    context = str(checkout / "docker")
    try:
        build = ("docker", "build", "--build-arg", f"PROCLAB_BASE={base}")
        run(*build, "--target", "rootfs", "--tag", names[0], context)
        run(*build, "--tag", names[1], context)
        script(checkout, "build", "--fresh", PROCLAB_BUILD="host")
        tag = (checkout / ".env").read_text().split("\n")[0].removeprefix("PROCLAB_IMAGE=")
        run("docker", "tag", tag, host)
        here, there = manifest(host), manifest(names[1])
        assert sorted(set(here) ^ set(there)) == []
        assert len(here) > 2000
    finally:
        run("docker", "rmi", host, *reversed(names), check=False)


# Not in the default run: CI rebuilds the image by `make verify-image` anyway.
@pytest.mark.soak
def test_verify_rebuilds_the_same_and_names_what_was_changed(checkout, image):
    script(checkout, "build")
    same = script(checkout, "verify")
    assert "bit for bit" in same.stderr
    changed = f"proclab-test-changed:{os.getpid()}"
    edit = f"FROM {image}\nUSER 0\nRUN echo '#' >> /usr/lib/python3.13/os.py\n"
    run("docker", "build", "-t", changed, "-", input=edit)
    try:
        (checkout / ".env").write_text(f"PROCLAB_IMAGE={changed}\n")
        told = script(checkout, "verify", check=False)
        assert told.returncode == 1
        assert "/usr/lib/python3.13/os.py" in told.stderr
        assert "is not what its label says" in told.stderr
    finally:
        run("docker", "rmi", changed)


# ---- scripts/image ---------------------------------------------------------------------------------------


def tag_of(checkout):
    return dict(line.split("=", 1) for line in (checkout / ".env").read_text().splitlines())["PROCLAB_IMAGE"]


def test_build_does_nothing_twice_and_rebuilds_no_tree_for_a_guest_program(checkout, image):
    (checkout / ".env").write_text("MINE=1\nPROCLAB_IMAGE=old\n")
    script(checkout, "build")
    lines = (checkout / ".env").read_text().splitlines()
    assert lines[:2] == ["MINE=1", f"PROCLAB_IMAGE={image}"]
    assert lines[2].startswith("COMPOSE_PROJECT_NAME=proclab-")
    assert lines[3] == f"PROCLAB_OWNER={labels.owner_of(checkout)}"
    assert script(checkout, "build").stderr == ""
    (checkout / "docker/guest/new.py").write_text(f"# {checkout}\n")
    told = script(checkout, "build").stderr
    try:
        assert "bootstrap:" not in told
        assert tag_of(checkout) != image
        assert "new.py" in inside(tag_of(checkout), "ls /usr/lib/proclab", "sh", "-s")
    finally:
        run("docker", "tag", image, "proclab:latest")  # first: else an image without a name would stay
        run("docker", "rmi", tag_of(checkout))


@pytest.mark.soak
def test_a_rebuild_takes_no_other_name_away(checkout, image):
    """docker rmi by id removes every tag of an image: once it took the neighbours' names too."""
    other = f"proclab:test-{os.getpid()}"
    run("docker", "tag", image, other)
    try:
        with (checkout / "compose.yaml").open("a") as compose:
            compose.write("# another confinement, so another fingerprint\n")
        assert "assembling" in script(checkout, "build").stderr
        assert run("docker", "image", "inspect", other, image).returncode == 0
    finally:
        run("docker", "rmi", "--force", other)  # other tests' containers may use the image by now: only the name goes
        shutil.copy2(REPO / "compose.yaml", checkout / "compose.yaml")
        script(checkout, "build")


def test_two_checkouts_have_two_project_names(checkout, tmp_path, image):
    other = copy_of(REPO, tmp_path / "other")
    for place in (checkout, other):
        script(place, "build")
    names = {(place / ".env").read_text().splitlines()[1] for place in (checkout, other)}
    assert len(names) == 2


@pytest.mark.soak
def test_drift_is_shown_with_the_command_that_accepts_it(checkout, image):
    script(checkout, "build")
    lock = checkout / "docker/packages.lock"
    accepted = lock.read_text()
    lock.write_text("".join(line.replace("strace ", "strace 0.") for line in accepted.splitlines(keepends=True)))
    told = script(checkout, "fingerprint").stderr
    assert "-strace 0." in told
    assert "+strace 6." in told
    assert "make accept-image" in told
    script(checkout, "accept")
    assert script(checkout, "fingerprint").stderr == ""


def test_a_bundle_holds_what_a_room_needs_and_loads(checkout, tmp_path, image):
    lab = checkout / "labs/9-x"
    for name in ("lab.toml", "demos/d.py", "solution/s.py", "wrong/w.py", "checks.py"):
        (lab / name).parent.mkdir(parents=True, exist_ok=True)
        (lab / name).touch()
    script(checkout, "bundle", f"FILE={tmp_path}/room.tar.gz")
    room = tmp_path / "room"
    room.mkdir()
    run("tar", "-xzf", f"{tmp_path}/room.tar.gz", "-C", str(room))
    kept = {str(path.relative_to(room / "proclab/labs/9-x")) for path in (room / "proclab/labs/9-x").rglob("*.*")}
    assert kept == {"lab.toml", "demos/d.py"}
    assert {"compose.yaml", "scripts", "docker", "image.tar"} <= {path.name for path in (room / "proclab").iterdir()}
    assert image in script(room / "proclab", "load").stderr
    assert tag_of(room / "proclab") == image
    assert image in script(checkout, "load", FILE=f"{tmp_path}/room.tar.gz").stderr


TOOLS = ["docker", "bash", "sh", "sed", "grep", "cut", "sort", "find", "awk", "mkdir", "mktemp", "rm", "mkfifo", "cat",
         "dirname", "id", "sha256sum", "wc", "tail", "tr", "df"]  # fmt: skip


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with docker and POSIX tools, and without apt."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return str(folder)


def refused(checkout, *arguments, **env):
    done = script(checkout, *arguments, check=False, **env)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_silent_registry_is_given_up_and_the_way_out_named(checkout, bare_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"127.0.0.1:{silent.getsockname()[1]}/base"
        told = refused(checkout, "build", "--fresh", PATH=bare_path, PROCLAB_BASE=base)
    assert "no registry" in told
    assert "make load FILE=" in told


@pytest.mark.skipif(not shutil.which("apt-get"), reason="the host has no apt")
def test_a_mirror_that_does_not_answer(checkout):
    told = refused(checkout, "build", "--fresh", PROCLAB_BUILD="host", PROCLAB_MIRROR="http://127.0.0.1:1/debian")
    assert "package lists of trixie could not be read" in told
    assert "make load FILE=" in told


def test_no_daemon(checkout):
    assert "daemon does not answer" in refused(checkout, "build", DOCKER_HOST="unix:///nonexistent")


def test_bad_use(checkout, bare_path):
    assert "usage" in refused(checkout)
    assert "no such bundle: nope" in refused(checkout, "load", "FILE=nope")
    assert "not 'bogus'" in refused(checkout, "build", "--fresh", PROCLAB_BUILD="bogus")
    assert "no apt-get" in refused(checkout, "build", "--fresh", PROCLAB_BUILD="host", PATH=bare_path)
    (checkout / "junk.tar.gz").write_text("junk")
    assert "not a bundle" in refused(checkout, "load", f"FILE={checkout}/junk.tar.gz")


def test_nothing_stays_behind(checkout, image):
    """After all the tests above (the tests of a module run in their order): no container, no image of a test."""
    assert run("docker", "ps", "-aq", "--filter", "label=proclab.test=image").stdout == ""
    images = run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    assert [name for name in images if name.startswith("proclab-test-") and name.endswith(f":{os.getpid()}")] == []
