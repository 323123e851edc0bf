"""Who carries a fault plan out: a thread of the recorder's, or a process of its own; and how the filter comes to it.

A recorder does it in a thread: as an ancestor of the program it may look into it under Yama, too. Whoever starts a
program by tracer.launch has it done by a process that is nobody's child (`beside`).
"""

import _socket
import _thread
import contextlib
import os
import struct

import faults
from injector import Injector
from notices import Listener

LOG = "faults.jsonl"
ROOM = _socket.CMSG_SPACE(4)


class Channel:
    """How the program's side of a filter comes to us."""

    def __init__(self) -> None:
        self.ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.theirs = theirs.detach()
        os.set_inheritable(self.theirs, True)

    def receive(self, recording: str) -> tuple[int, str, int]:
        """The filter's descriptor, the program's folder, and how many execs come yet. OSError if nothing comes."""
        said, messages, *_ = self.ours.recvmsg(64, ROOM, _socket.MSG_CMSG_CLOEXEC)
        self.ours.close()
        number, _, after = said.decode().partition(" ")
        if not number.isdigit() or not after.isdigit() or not messages:
            raise OSError("no filter came")
        return struct.unpack("i", messages[0][2][:4])[0], os.path.join(recording, number), int(after)


class Injection:
    """One plan over one program."""

    def __init__(self, plan: str, recording: str) -> None:
        self.faults = faults.parse(plan)
        self.recording = recording
        self.channel = Channel()
        self.sound = False  # it was carried out to the end
        self.over = _thread.allocate_lock()  # held until then

    def carry_out(self) -> None:
        """Until nothing of the program lives any more."""
        with contextlib.suppress(OSError):
            fd, folder, through = self.channel.receive(self.recording)
            with open(os.path.join(folder, LOG), "ab", 0) as log:
                listener = Listener(fd, os.uname().machine)
                injector = Injector(listener, self.faults, through, log.fileno())
                try:
                    injector.serve()
                finally:
                    os.close(fd)
                injector.note(end=injector.done)
                self.sound = True

    def begin(self) -> None:
        """Does so in a thread, once the program's process is made."""
        os.close(self.channel.theirs)
        self.over.acquire()
        _thread.start_new_thread(self._thread, ())

    def _thread(self) -> None:
        try:
            self.carry_out()
        finally:
            self.over.release()

    def ended(self, seconds: float) -> bool:
        """Whether all was carried out, once nothing of the program lives; waits so long for the last line."""
        return self.over.acquire(timeout=seconds) and self.sound


def beside(plan: str, recording: str) -> int:
    """Does so in a process that is nobody's child; where to send the filter's descriptor to."""
    injection = Injection(plan, recording)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return injection.channel.theirs
    try:
        os.setsid()
        if os.fork() == 0:
            channel = injection.channel.ours.fileno()
            os.closerange(3, channel)  # what is held here would not end with the program
            os.closerange(channel + 1, 1 << 16)
            for fd in (0, 1, 2):
                os.dup2(os.open(os.devnull, os.O_RDWR), fd)
            injection.carry_out()
    finally:
        os._exit(0)
