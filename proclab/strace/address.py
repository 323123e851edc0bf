"""Socket addresses as strace writes them → "127.0.0.1:5000", "[::1]:5000", a path, "@abstract"."""

from __future__ import annotations

import re

from proclab.strace.tables import Object
from proclab.strace.tokens import fields, string
from proclab.strace.world import World

PORT = re.compile(r"htons\((\d{1,5})\)")
INET = re.compile(r'inet_addr\("([^"]*)"\)')
INET6 = re.compile(r'inet_pton\(AF_INET6, "([^"]*)"')


def address(text: str) -> str:
    """The address in a sockaddr structure, or in a message header that holds one; '' if there is none."""
    if not text.startswith("{"):
        return ""
    known = fields(text)
    if "msg_name" in known:
        text, known = known["msg_name"], fields(known["msg_name"])
    family = known.get("sa_family")
    if family == "AF_UNIX":
        path = known.get("sun_path", "")
        return "@" + string(path[1:]) if path.startswith("@") else string(path)
    port = PORT.search(text)
    host = INET.search(text) if family == "AF_INET" else INET6.search(text) if family == "AF_INET6" else None
    if not port or not host:
        return ""
    return f"{host[1]}:{port[1]}" if family == "AF_INET" else f"[{host[1]}]:{port[1]}"


def family(text: str) -> str:
    return fields(text).get("sa_family", "")


def loopback(addr: str) -> bool:
    """Whether an address is reached within its own container only; 0.0.0.0 as a destination means that (ip(7))."""
    return addr.startswith(("127.", "[::1]", "[::ffff:127.", "0.0.0.0", "[::]"))


def bound(world: World, to: str, style: str, box: str) -> Object | None:
    """The socket of that style that a connection or a datagram from a box to this address reaches.

    A loopback address and a path lead to the same box. Any other address may be any box's: a log doesn't say which, so
    the socket is the one with that port, rather in another box than in the caller's own.
    """
    port = to.rpartition(":")[2]
    open_ = (thing for thing in world.listening if thing.closing is None and thing.style == style)
    found = [thing for thing in open_ if _reaches(thing, to, port, box)]
    local = loopback(to) or to.startswith(("/", "@")) or ":" not in to
    return max(found, key=lambda thing: (thing.address == to, (thing.box == box) == local), default=None)


def _reaches(thing: Object, to: str, port: str, box: str) -> bool:
    host, _, own = thing.address.rpartition(":")
    if ":" not in to or not host:
        return thing.address == to and thing.box == box
    if loopback(to) and thing.box != box:
        return False
    return own in (port, "0") and (host in ("0.0.0.0", "[::]") or thing.address == to or own == "0")
