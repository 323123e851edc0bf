"""The program's folder laid out on the working directory, so that it finds its neighbours under their plain names.

The folder of a program of the user's is mounted read-only at RUN. What is in it is copied to WORK, which is memory: the
program may write beside itself, and nothing of that reaches the host. Whatever is too large for that, nobody's business
(KEPT) or closed to us is a link to the original instead, so it is found too, and can't be written to.

Imported by each start: os and nothing else.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RUN, WORK = "/lab/run", "/work"
BYTES = 16 << 20  # of the 64 MiB of WORK, which count as the container's memory
FILES = 1000
DEPTH = 8
LOOKED_AT = 3000  # entries, copied or not: a home folder must not cost a second at every start
KEPT = {".git", ".hg", ".svn", ".venv", "venv", ".cache", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", ".hypothesis", ".tox", ".idea", ".vscode"}  # fmt: skip
OURS = {"labs", "proclab", "docker", "docs", "tests", "scripts", "out"}  # of the checkout, should that be the folder
NAMES = 3  # so many are shown
BLOCK = 1 << 20


class Desk:
    """One folder on its way to the working directory, within limits."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target
        self.bytes, self.files, self.looked_at = BYTES, FILES, LOOKED_AT
        self.kept = KEPT | OURS if os.path.exists(source + "/scripts/lab") else KEPT
        self.large: list[str] = []  # linked for their size
        self.outside: list[str] = []  # links that lead out of the folder

    def lay(self) -> None:
        """Everything in it; files first, so that a large folder can't take their place."""
        with os.scandir(self.source) as listing:
            entries = [entry for entry, _ in zip(listing, range(LOOKED_AT), strict=False)]
        for entry in sorted(entries, key=lambda entry: entry.is_dir(follow_symlinks=False)):
            name = entry.name
            plan = None if name in self.kept else self._plan(name, entry)
            if plan is None and name not in self.kept:
                self.large.append(name)
            for made in [(name, "link", os.path.join(self.source, name))] if plan is None else plan:
                self._make(*made)

    def _plan(self, name: str, entry: os.DirEntry[str]) -> list[tuple[str, str, object]] | None:
        """What to make of a name, or nothing where that is too much; then no part of the limits is used up."""
        before = self.bytes, self.files
        try:
            plan = list(self._found(name, entry, 1))
        except OSError:  # closed to us: its link says so at the same call as the original
            plan = [(name, "link", os.path.join(self.source, name))]
        if min(self.bytes, self.files, self.looked_at) < 0:
            self.bytes, self.files = before
            return None
        return plan

    def _found(self, path: str, entry: os.DirEntry[str], depth: int) -> "Iterator[tuple[str, str, object]]":
        self.looked_at -= 1
        if entry.is_symlink():
            target = os.readlink(entry.path)
            if _leads_out(path, target):
                self.outside.append(path)
            else:
                yield path, "link", target
        elif entry.is_dir(follow_symlinks=False):
            yield path, "folder", entry.stat()
            self.files -= 1 if depth < DEPTH else FILES
            with os.scandir(entry.path) as listing:
                for inner in listing:
                    if min(self.bytes, self.files, self.looked_at) < 0:
                        break
                    yield from self._found(f"{path}/{inner.name}", inner, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            self.bytes -= entry.stat().st_size
            self.files -= 1
            yield path, "file", entry.stat()
        elif entry.stat().st_mode & 0o170000 == 0o010000:
            yield path, "fifo", entry.stat()

    def _make(self, path: str, kind: str, what: object) -> None:
        """One entry. What can't be read, or made, becomes a link; where even that fails, it is not there."""
        target = os.path.join(self.target, path)
        try:
            if kind != "folder" and os.path.lexists(target):  # of a run before this one, in the same container
                os.unlink(target)
            MAKERS[kind](os.path.join(self.source, path), target, what)
        except OSError:
            try:  # noqa: SIM105 (contextlib would take longer to import)
                os.symlink(os.path.join(self.source, path), target)
            except OSError:
                pass


def _leads_out(path: str, target: str) -> bool:
    ends = os.path.normpath(os.path.join(os.path.dirname(path), target))
    return ends.startswith(("/", "../")) or ends == ".."


def _link(source: str, target: str, what: object) -> None:
    os.symlink(str(what), target)


def _folder(source: str, target: str, what: os.stat_result) -> None:
    if not os.path.isdir(target):
        os.mkdir(target)
    os.chmod(target, what.st_mode & 0o777 | 0o700)


def _fifo(source: str, target: str, what: os.stat_result) -> None:
    os.mkfifo(target, what.st_mode & 0o777)


def _file(source: str, target: str, what: os.stat_result) -> None:
    """Bytes, mode and times; never more bytes than were counted, should it grow meanwhile."""
    original = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            left = what.st_size
            while left > 0 and (block := os.read(original, min(left, BLOCK))):
                left -= os.write(copy, block)
            os.fchmod(copy, what.st_mode & 0o777)
            os.utime(copy, ns=(what.st_atime_ns, what.st_mtime_ns))
        except OSError:
            os.unlink(target)
            raise
        finally:
            os.close(copy)
    finally:
        os.close(original)


MAKERS = {"link": _link, "folder": _folder, "fifo": _fifo, "file": _file}


def first_of(names: list[str]) -> str:
    """The first of the names, printable, as a list."""
    printable = [name if name.isprintable() else ascii(name) for name in names[:NAMES]]
    return ", ".join(printable) + (f" … ({len(names)})" if len(names) > NAMES else "")


def laid_out(argv: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command as it is typed in the program's own folder; and what its user should know: word → names."""
    folder, _, name = argv[0].rpartition("/")
    if folder != RUN:
        return argv, {}
    desk = Desk(RUN, WORK)
    try:
        desk.lay()
        os.chdir(WORK)
        if not os.path.lexists(name):  # beyond LOOKED_AT
            os.symlink(argv[0], name)
    except OSError:
        return argv, {}
    plain = name if name.endswith(".py") and not name.startswith("-") else "./" + name
    return [plain, *argv[1:]], {
        word: first_of(names) for word, names in (("large", desk.large), ("outside", desk.outside)) if names
    }
