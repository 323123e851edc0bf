"""Looks at its container from inside and prints one JSON object of facts. It judges nothing (tests/judge.py does)."""

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import stat

MEGABYTE = 1 << 20


def attempt(action):
    """The error's name, or "done" with nothing raised."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"


def status():
    with open("/proc/self/status") as file:
        pairs = dict(line.split(":\t", 1) for line in file)
    wanted = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid", "Gid", "Groups")
    return {name: pairs[name].split() for name in wanted}


def connect(host, port):
    def action():
        with socket.create_connection((host, port), timeout=0.5):
            pass

    return attempt(action)


def network():
    with open("/proc/net/route") as file:
        routes = [line.split()[1:3] for line in file.readlines()[1:]]
    # Destination and gateway are little-endian hexadecimal (proc_pid_net(5)); the gateway is the host itself.
    gateways = [socket.inet_ntoa(bytes.fromhex(gateway)[::-1]) for target, gateway in routes if target == "00000000"]
    return {
        "interfaces": sorted(os.listdir("/sys/class/net")),
        "connect": {host: connect(host, 80) for host in ("1.1.1.1", "169.254.169.254", *gateways)},
        "resolve": resolve("example.com"),
        "loopback": loopback(),
    }


def resolve(name):
    """In a child with an alarm: the name server that leads nowhere takes its time to say so."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(2)
        os._exit(0 if attempt(lambda: socket.getaddrinfo(name, 80)) == "done" else 1)
    return "done" if os.waitpid(pid, 0)[1] == 0 else "refused"


def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return connect(*server.getsockname())


def create(folder):
    def action():
        path = os.path.join(folder, ".probe")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL))
        os.unlink(path)

    return attempt(action)


def mounts():
    with open("/proc/self/mounts") as file:
        return [line.split()[1:4] for line in file]


def capacity(folder):
    """Bytes that fit before the file system is full (posix_fallocate: tmpfs takes the memory without a write)."""
    names, room = [], 0
    try:
        for number in range(200):
            names.append(os.path.join(folder, f".probe{number}"))
            with open(names[-1], "wb") as file:
                os.posix_fallocate(file.fileno(), 0, 4 * MEGABYTE)
            room += 4 * MEGABYTE
        return room, "no end"
    except OSError as error:
        return room, errno.errorcode[error.errno]
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                os.unlink(name)


def writes():
    places = [target for target, kind, _ in mounts() if os.path.isdir(target) and create(target) == "done"]
    return {
        "top": {name: create("/" + name) for name in sorted(os.listdir("/")) if os.path.isdir("/" + name)},
        "root": create("/"),
        "writable": {place: capacity(place) for place in places if place != "/dev/mqueue"},
        "proc_sys": attempt(lambda: open("/proc/sys/kernel/hostname", "w").close()),
        "sysrq": attempt(lambda: open("/proc/sysrq-trigger", "w").close()),
        "remount": libc_call("mount", b"none", b"/", b"", 32, None),
    }


def libc_call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    return "done" if getattr(libc, name)(*arguments) == 0 else errno.errorcode[ctypes.get_errno()]


def limits():
    return {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("CORE", "NOFILE", "FSIZE")}


def open_until_refused():
    held = []
    try:
        for _ in range(100_000):
            held.append(os.open("/dev/null", os.O_RDONLY))
        return len(held), "no end"
    except OSError as error:
        return len(held), errno.errorcode[error.errno]
    finally:
        for fd in held:
            os.close(fd)


def write_past_file_limit():
    soft = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if soft < 0:
        return "no limit"

    def action():
        with open("/tmp/.probe", "wb") as file:
            os.pwrite(file.fileno(), b"x", soft)

    try:
        return attempt(action)
    finally:
        with contextlib.suppress(OSError):
            os.unlink("/tmp/.probe")


def fork_until_refused(most=2000):
    """Children that wait on a pipe until we close it; how many there could be."""
    read, write = os.pipe()
    children, why = [], "no end"
    try:
        for _ in range(most):
            pid = os.fork()
            if pid == 0:
                os.close(write)
                os.read(read, 1)
                os._exit(0)
            children.append(pid)
    except OSError as error:
        why = errno.errorcode[error.errno]
    os.close(write)
    for pid in children:
        os.waitpid(pid, 0)
    return len(children), why


def eat_memory(most=1024):
    """A child that takes a megabyte at a time: how its end came."""
    pid = os.fork()
    if pid == 0:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # the child, not us
        held = [bytearray(MEGABYTE) for _ in range(most)]
        os._exit(0 if held else 1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def files():
    """Set-id files, and what the lab's folder shows."""
    set_id, lab = [], []
    for folder, subfolders, names in os.walk("/"):
        subfolders[:] = [name for name in subfolders if os.path.join(folder, name) not in ("/proc", "/sys")]
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                mode = os.lstat(path).st_mode
                if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                    set_id.append(path)
            if path.startswith("/lab/"):
                lab.append(path)
    return {"set_id": set_id, "lab": lab}


def host():
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    return {
        "pids": pids,
        "docker_sock": [path for path in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(path)],
        "mounts": [entry for entry in mounts() if not entry[0].startswith(("/proc", "/sys", "/dev"))],
        "devices": sorted(name for name in os.listdir("/dev") if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode)),
        "mknod": attempt(lambda: os.mknod("/tmp/.probe-node", stat.S_IFBLK | 0o600, os.makedev(8, 0))),
        "new_namespace": libc_call("unshare", 0x10000000),  # CLONE_NEWUSER
        "setuid": attempt(lambda: os.setuid(0)),
        "chroot": attempt(lambda: os.chroot("/tmp")),
        "shared_memory": sorted(os.listdir("/dev/shm")) if os.path.exists("/dev/shm") else None,
    }


print(
    json.dumps(
        {
            "status": status(),
            "network": network(),
            "writes": writes(),
            "limits": limits(),
            "open": open_until_refused(),
            "file": write_past_file_limit(),
            "fork": fork_until_refused(),
            "memory": eat_memory(),
            "files": files(),
            "host": host(),
        }
    )
)
