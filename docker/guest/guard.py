"""What makes a recording evidence: a folder that nobody else has made or filled, and a program that has no way past it.

A guarded recording lies in OWN, a tmpfs of root's alone that is mounted before anything runs (compose.yaml). Where
there is none, it lies in /tmp like any other, and says so: whoever can fill a folder can make strace drop lines.
"""

import contextlib
import os
import shutil
import signal
import stat
import time

import confine
import proc
import processes
import tracer
import user

OWN = "/run/proclab"
SHARED = "/tmp"
ROOM = 1 << 20  # bytes that must have stayed free in the folder: then no line was ever refused for want of room
FILES = 64  # and files
GONE_S = 5.0
TICK_S = 0.05


class Foreign(Exception):
    """The recording's folder is somebody else's."""


def place() -> str:
    """Where this container's recording lies."""
    return f"{OWN}/recording" if os.getuid() == 0 and _own() else f"{SHARED}/proclab-recording"


def _own() -> bool:
    """Whether there is a file system that root alone can write to."""
    with contextlib.suppress(OSError):
        info = os.lstat(OWN)
        private = stat.S_ISDIR(info.st_mode) and info.st_uid == 0 and not info.st_mode & 0o077
        return private and info.st_dev not in (os.lstat(os.path.dirname(OWN)).st_dev, os.lstat(SHARED).st_dev)
    return False


def make(folder: str, new: bool = True) -> None:
    """Makes the folder (if it may be new), or takes one that is ours alone; Foreign if it isn't.

    Root's is closed to all; a student's can be read by the packer, which is another user than the recorded program.
    Everything goes by descriptors, so what was looked at is what is used. Nobody else can rename it afterwards: the
    folder above is root's, and if others may write to it, sticky.
    """
    above, name = os.path.split(folder)
    mode = 0o755 if os.geteuid() else 0o700
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with contextlib.ExitStack() as opened:
            parent = _opened(opened, above, flags, None)
            info = os.fstat(parent)
            if info.st_uid not in (0, os.geteuid()) or (info.st_mode & 0o022 and not info.st_mode & stat.S_ISVTX):
                raise Foreign(above)
            if new:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, mode, dir_fd=parent)
            info = os.fstat(_opened(opened, name, flags, parent))
    except OSError as error:  # a link, a file, nothing; somebody's folder without a way in
        raise Foreign(folder) from error
    if info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & ~mode:
        raise Foreign(folder)


def is_ours(folder: str) -> bool:
    """Whether there is such a folder."""
    with contextlib.suppress(Foreign):
        make(folder, new=False)
        return True
    return False


def _opened(stack: contextlib.ExitStack, path: str, flags: int, above: int | None) -> int:
    fd = os.open(path, flags, dir_fd=above)
    stack.callback(os.close, fd)
    return fd


def full(folder: str) -> bool:
    """Whether so little room is left that strace may have dropped lines, or soon will.

    Asked when all is over, it is a proof for a folder of our own: nothing there ever grows smaller.
    """
    try:
        room = os.statvfs(folder)
    except OSError:  # an unguarded program has taken the folder away: that nothing comes out of it says enough
        return False
    return room.f_bavail * room.f_frsize < ROOM or (room.f_files > 0 and room.f_ffree < FILES)


class Guard:
    """Over one guarded recording; made before the program starts."""

    def __init__(self, folder: str) -> None:
        for entry in os.scandir(folder):  # of an earlier one
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        with open(os.path.join(folder, tracer.FILTER), "wb") as file:
            file.write(confine.seccomp_program())
        with open("/proc/self/uid_map", encoding="ascii") as file:
            self.uid = user.mapped(tracer.STUDENT, file.read())
        os.environ["PROCLAB_UID"] = str(self.uid)  # tracer.py, which starts the program, takes it from there
        self.doubts: set[str] = set() if folder.startswith(OWN + "/") else {"shared"}
        self._alone(over=False)  # company could do the program's work, or trace it before we do

    def kill(self) -> None:
        """Ends everything of the program's, traced or not."""
        confine.kill_all(self.uid)

    def settle(self) -> None:
        """No tracer is left. What of the program's still lives was made behind its back, and ends here."""
        self._alone(over=True)

    def _alone(self, over: bool) -> None:
        """Makes sure that no untraced process has the uid: before the program (`over`: and after it); else a doubt.

        The agent's child that waits for its program has the uid already (starter.py). It is killed, and the agent makes
        another: nothing distinguishes that child from a process that only calls itself so.
        """
        deadline = time.monotonic() + GONE_S
        agent = proc.command(1)
        while found := processes.untraced(self.uid):
            waiting = {pid for pid in found if proc.command(pid) == agent}
            if found - waiting or time.monotonic() > deadline:
                self.doubts.add("untraced")
                if not over or time.monotonic() > deadline:
                    return
                self.kill()
            for pid in waiting:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            signal.sigtimedwait([signal.SIGCHLD], TICK_S)
