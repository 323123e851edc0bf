"""Archives as a container may send them: a good recording, and everything that must be refused."""

from __future__ import annotations

import tarfile

BOX = "lab-1"
LOG = b"1.000000001 +++ exited with 0 +++\n"


def entry(name=f"{BOX}/1/t.7", data=LOG, kind=tarfile.REGTYPE, form=tarfile.GNU_FORMAT, **more):
    """A header and its data, as tarfile writes them (with extended headers in front, where it needs them)."""
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(form) + data + bytes(-len(data) % 512)


def patched(at, field, block=None):
    """An entry whose header has other bytes at this place, with a good checksum."""
    block = bytearray(block or entry())
    block[at : at + len(field)] = field
    total = sum(block[:148]) + 8 * 32 + sum(block[156:512])
    block[148:156] = b"%06o\0 " % total
    return bytes(block)


END = bytes(1024)
GOOD = entry(f"{BOX}/1/start.json", b"{}") + entry() + entry(f"{BOX}/end.json", b"{}")
HOSTILE = {
    "symbolic link": (entry(data=b"", kind=tarfile.SYMTYPE, linkname="/etc/passwd"), ["link"]),
    "symbolic link as a folder": (entry(f"{BOX}/1", b"", tarfile.SYMTYPE, linkname="/etc"), ["link"]),
    "hard link": (entry(data=b"", kind=tarfile.LNKTYPE, linkname="../../x"), ["link"]),
    "block device": (entry(f"{BOX}/disk", b"", tarfile.BLKTYPE, devmajor=254, mode=0o666), ["device"]),
    "character device": (entry(data=b"", kind=tarfile.CHRTYPE), ["device"]),
    "FIFO": (entry(data=b"", kind=tarfile.FIFOTYPE), ["fifo"]),
    "folder": (entry(f"{BOX}/1", b"", tarfile.DIRTYPE), ["folder"]),
    "folder of the archive": (entry(BOX, b"", tarfile.DIRTYPE), ["folder"]),
    "contiguous file": (entry(kind=tarfile.CONTTYPE), ["type"]),
    "sparse file": (patched(156, b"S"), ["type"]),
    "multi-volume": (patched(156, b"M"), ["type"]),
    "no type that anybody knows": (patched(156, b"\xff"), ["type"]),
    "setuid file": (entry(f"{BOX}/suid", b"#!/bin/sh\n", mode=0o6755), ["name"]),
    "way up": (entry("../../../../pwn"), ["name"]),
    "way up inside": (entry(f"{BOX}/../other/1/t.7"), ["name"]),
    "way up at the end": (entry(f"{BOX}/1/.."), ["name"]),
    "absolute": (entry(f"/{BOX}/1/t.7"), ["name"]),
    "another box": (entry("server/1/t.7"), ["name"]),
    "facts of the conductor": (entry("facts.jsonl"), ["name"]),
    "facts in the box": (entry(f"{BOX}/facts.jsonl"), ["name"]),
    "what the host writes itself": (entry(f"{BOX}/taken.json"), ["name"]),
    "no name": (entry(""), ["name"]),
    "a dot in front": (entry(f"./{BOX}/1/t.7"), ["name"]),
    "two slashes": (entry(f"{BOX}//1/t.7"), ["name"]),
    "a number with a zero in front": (entry(f"{BOX}/01/t.7"), ["name"]),
    "a number of other digits": (entry(f"{BOX}/\u0661/t.7"), ["name"]),
    "a line break behind": (entry(f"{BOX}/end.json\n"), ["name"]),
    "no UTF-8": (patched(0, b"lab-1/1/t.\xff\xfe"), ["name"]),
    "a name of POSIX in two parts": (patched(345, b"../..", entry(form=tarfile.USTAR_FORMAT)), ["name"]),
    "a long name": (entry(f"{BOX}/" + "x" * 300), ["header", "name"]),
    "a long name before a good one": (
        entry("././@LongLink", b"/etc/cron.d/x\0", tarfile.GNUTYPE_LONGNAME) + entry(),
        ["header", "name"],
    ),
    "a long link": (entry("x", b"/" * 300, tarfile.GNUTYPE_LONGLINK) + entry(), ["header", "name"]),
    "PAX: another path": (entry("p", b"18 path=/etc/passw\n", tarfile.XHDTYPE) + entry(), ["header", "name"]),
    "PAX: another size for all": (entry("p", b"20 size=99999999999\n", tarfile.XGLTYPE) + entry(), ["header", "name"]),
    "PAX: megabytes of it": (entry("p", b"x" * (3 << 20), tarfile.XHDTYPE) + entry(), ["header", "name"]),
    "a JSON too large": (entry(f"{BOX}/end.json", b"x" * ((4 << 20) + 1)), ["size"]),
}
