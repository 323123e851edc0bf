"""What an image is: every file, every package, the architecture, the guest programs. Facts only, as text lines.

Runs inside a container of the image, copied there, so that the host needs no Python.
Each line starts with its kind; paths are escaped, fields are separated by tabs, the order is fixed. What identifies the
image is the hash of these lines (``scripts/image fingerprint``), and what differs between two images is their diff.
"""

import hashlib
import os
import platform
import stat
from collections.abc import Iterator
from pathlib import Path

GUEST = "usr/lib/proclab"
# Put there by Docker, not by us: mount points (named, not entered), the files that it binds into a container.
# And this program.
MOUNT_POINTS = {"dev", "proc", "sys"}
DOCKERS = {".dockerenv", "etc/hosts", "etc/hostname", "etc/mtab", "etc/resolv.conf", "manifest.py", GUEST}
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo"}


def escape(text: str) -> str:
    """A path as one printable word, also when it is no valid UTF-8."""
    return os.fsencode(text).decode("latin-1").encode("unicode_escape").decode("ascii").replace(" ", "\\x20")


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def content(path: Path, status: os.stat_result) -> str:
    """A file's hash, a link's target, a device's number."""
    if stat.S_ISREG(status.st_mode):
        return digest(path)
    if stat.S_ISLNK(status.st_mode):
        return escape(os.readlink(path))
    return str(status.st_rdev) if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode) else "-"


def line(root: Path, name: str) -> str:
    """One path: kind, permissions, owner, group, size, time, content.

    A folder's time is left out: it says when Docker last put something into it, and all that is in it has its own line.
    """
    path = root / name
    status = path.lstat()
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "device")
    size = status.st_size if kind == "file" else 0
    time = "-" if kind == "folder" else int(status.st_mtime)
    if name in MOUNT_POINTS:
        return f"rootfs\t/{escape(name)}\tmount\t-\t-\t-\t-\t-\t-"
    owner = f"{status.st_uid}\t{status.st_gid}"
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"rootfs\t/{escape(name)}\t{kind}\t{mode}\t{owner}\t{size}\t{time}\t{content(path, status)}"


def names(root: Path, folder: str = "") -> Iterator[str]:
    """Every path below folder, relative to root, in the order of its bytes."""
    for entry in sorted(os.scandir(root / folder), key=lambda e: os.fsencode(e.name)):
        name = os.path.join(folder, entry.name)
        if name in DOCKERS:
            continue
        yield name
        if entry.is_dir(follow_symlinks=False) and name not in MOUNT_POINTS:
            yield from names(root, name)


def rootfs(root: Path) -> Iterator[str]:
    """The file system, without the guest programs."""
    return (line(root, name) for name in names(root))


def packages(root: Path) -> Iterator[str]:
    """Name and version of each package, by name."""
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    found = []
    for paragraph in filter(str.strip, status.split("\n\n")):
        fields = dict(field.split(": ", 1) for field in paragraph.strip().splitlines())
        found.append(f"package\t{fields['Package']}\t{fields['Version']}")
    return iter(sorted(found))


def guest(root: Path) -> Iterator[str]:
    """The guest programs, by name and content."""
    folder = root / GUEST
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return (f"guest\t{escape(str(path.relative_to(folder)))}\t{digest(path)}" for path in files)


def manifest(root: Path) -> Iterator[str]:
    """All lines."""
    yield f"architecture\t{platform.machine()}"
    for part in (packages, guest, rootfs):
        yield from part(root)


if __name__ == "__main__":
    lines = list(manifest(Path("/")))
    print(*lines, f"end\t{len(lines)}", sep="\n")
