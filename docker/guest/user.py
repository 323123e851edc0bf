"""The user that a container's programs run as, and how the agent acts in that user's name.

The agent is root without CAP_DAC_OVERRIDE and CAP_FOWNER: what programs made is removed as their user. While any of
them may live, that is done by setfsuid(2) alone: nobody's permission to signal, limit, trace or slow down goes by it.

In a container whose agent is no root there is one user for both: nothing of this is needed, and nothing is proven.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

LIBC = ctypes.CDLL(None, use_errno=True)
FIRST = 10_000  # of the uids that a number beyond the namespace's end is folded into: above all that an image names
NOBODY = ctypes.c_uint(-1)  # changes nothing, so the answer is who we are (setfsuid(2) reports no error)


class User:
    """The programs' user."""

    def __init__(self, uid: int, id_map: str) -> None:
        self.apart = os.getuid() == 0
        self.uid = mapped(uid, id_map) if self.apart else os.getuid()

    def files(self) -> AbstractContextManager[None]:
        """What is made meanwhile is the user's; what is removed, is removed with its rights."""
        return self._acting(_file_user)

    def terminals(self) -> AbstractContextManager[None]:
        """A terminal that is made meanwhile is the user's. Root's group remains: it alone may make any (agent.py)."""
        return self._acting(lambda uid: _file_user(uid, 0))

    def objects(self) -> AbstractContextManager[None]:
        """To remove System V objects: they ask for the effective uid. While no program lives, for it could reach us."""
        return self._acting(os.seteuid)

    @contextmanager
    def _acting(self, become: Callable[[int], None]) -> Iterator[None]:
        if self.apart:
            become(self.uid)
        try:
            yield
        finally:
            if self.apart:
                become(0)


def _file_user(uid: int, group: int | None = None) -> None:
    gid = uid if group is None else group
    LIBC.setfsgid(gid)
    LIBC.setfsuid(uid)
    if (LIBC.setfsuid(NOBODY), LIBC.setfsgid(NOBODY)) != (uid, gid):
        raise PermissionError(f"setfsuid({uid})")


def mapped(uid: int, id_map: str) -> int:
    """The uid, or one that is there in its place: rootless Docker has 65 536 of them (user_namespaces(7), uid_map).

    >>> mapped(2_000_000_000, "0 0 4294967295")
    2000000000
    >>> mapped(2_000_000_000, "0 1000 1\\n1 100000 65536") < 65537
    True
    """
    lines = [[int(word) for word in line.split()] for line in id_map.splitlines()]
    end = max(first + count for first, _, count in lines)
    return uid if uid < end else FIRST + uid % (end - FIRST)
