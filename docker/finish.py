"""Finish the new root file system from the inside, and pack it.

Runs with the new tree as its root: in a chroot (a build stage) or in a container made of the bare tree (the host
has no other way in without privileges). ``finish`` does what the packages' maintainer scripts would do and a lab
needs (accounts, links, linker cache, compiled modules) and takes away every difference that the place of building
could make. ``pack`` writes the result to standard output as a tar that depends on nothing but its content.
"""

import compileall
import os
import py_compile
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# The time of every file: the day Debian 13 was released.
EPOCH = 1754697600
STUDENT = 1000

# What Docker puts into every container, and this program itself: no part of the tree.
NOT_OURS = {"/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/mtab", "/etc/resolv.conf", "/finish.py"}
MOUNT_POINTS = {"/dev", "/proc", "/sys"}

LINKS = {
    "/usr/bin/python": "python3",
    "/usr/bin/awk": "mawk",
    "/usr/bin/pager": "less",
    "/usr/bin/which": "which.debianutils",
    "/etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
    "/var/run": "/run",
    "/var/lock": "/run/lock",
}
COPIES = {
    "/usr/share/base-files/profile": "/etc/profile",
    "/usr/share/libc-bin/nsswitch.conf": "/etc/nsswitch.conf",
    "/usr/share/debianutils/shells": "/etc/shells",
}
# path: (mode, owner)
FOLDERS = {
    "/tmp": (0o1777, 0),
    "/var/tmp": (0o1777, 0),
    "/run/lock": (0o755, 0),
    "/lab": (0o755, 0),
    "/work": (0o755, STUDENT),
    "/home/student": (0o755, STUDENT),
    "/usr/lib/proclab": (0o755, 0),
}
COMPILED = ("/usr/lib/python3.13", "/usr/lib/python3")


def accounts() -> None:
    """Debian's base accounts and the student; no password works, there is no shadow file."""
    for name, line in {
        "passwd": f"student:*:{STUDENT}:{STUDENT}:student:/home/student:/bin/bash\n",
        "group": f"student:*:{STUDENT}:\n",
    }.items():
        master = Path(f"/usr/share/base-passwd/{name}.master").read_text()
        Path(f"/etc/{name}").write_text(master + line)


def links_and_files() -> None:
    """The links and configuration files that maintainer scripts would have made."""
    for place, target in LINKS.items():
        path = Path(place)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    for source, copy in COPIES.items():
        shutil.copyfile(source, copy)


def linker_cache() -> None:
    """For ctypes.util.find_library, and one file to look into instead of five folders."""
    subprocess.run(["/usr/sbin/ldconfig"], check=True)
    shutil.rmtree("/var/cache/ldconfig", ignore_errors=True)


def compiled_modules() -> None:
    """Compile the standard library: nobody can write beside it later, and a start without costs ten times the time.

    Unchecked: the root is read-only, so no source can be newer; and no time of day gets into the files.
    """
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for folder in COMPILED:
        if not compileall.compile_dir(folder, quiet=1, invalidation_mode=mode):
            sys.exit(f"finish: {folder} does not compile")


def walk(folder: str = "/") -> Iterator[str]:
    """Every path below folder, sorted; mount points are named but not entered."""
    for entry in sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name)):
        if entry.path in NOT_OURS:
            continue
        yield entry.path
        if entry.is_dir(follow_symlinks=False) and entry.path not in MOUNT_POINTS:
            yield from walk(entry.path)


def modes_and_times() -> None:
    """One owner, no set-id bit, nothing writable by others, one time: whoever unpacked it, with whatever umask."""
    for place, (mode, owner) in FOLDERS.items():
        os.makedirs(place, exist_ok=True)
        os.chown(place, owner, owner)
        os.chmod(place, mode)
    for path in walk():
        status = os.lstat(path)
        if path not in FOLDERS and path not in MOUNT_POINTS and not stat.S_ISLNK(status.st_mode):
            os.chmod(path, stat.S_IMODE(status.st_mode) & 0o755)
        if path not in MOUNT_POINTS:
            os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def finish() -> None:
    """Make the unpacked packages a system."""
    for step in (accounts, links_and_files, linker_cache, compiled_modules, modes_and_times):
        print(f"bootstrap: {step.__name__.replace('_', ' ')}", file=sys.stderr, flush=True)
        step()


def member(archive: tarfile.TarFile, path: str) -> tarfile.TarInfo:
    """The tar header of path: numbers only, no names, the fixed time."""
    info = archive.gettarinfo(path, path.lstrip("/"))
    info.uname = info.gname = ""
    info.mtime = EPOCH
    if path in MOUNT_POINTS:
        info.mode, info.uid, info.gid = 0o755, 0, 0
    return info


def pack(out: BinaryIO) -> None:
    """Write the tree as a tar, in sorted order."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.GNU_FORMAT, bufsize=1 << 20) as archive:
        for path in walk():
            info = member(archive, path)
            if info.isreg():
                with open(path, "rb") as content:
                    archive.addfile(info, content)
            else:
                archive.addfile(info)


if __name__ == "__main__":
    if "finish" in sys.argv:
        finish()
    if "pack" in sys.argv:
        print("bootstrap: packing", file=sys.stderr, flush=True)
        pack(sys.stdout.buffer)
