"""Jobs in the place of grading: some end the process that does them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec

from proclab.grading.job import Answer, Order, encode


def do(order: bytes) -> bytes:
    """Answers; dies before, once or always, where the submission's name says so."""
    wanted = msgspec.msgpack.decode(order, type=Order)
    if wanted.name == "always" or (wanted.name == "once" and not _again(wanted.batch)):
        os.kill(os.getpid(), signal.SIGKILL)
    return encode(Answer(wanted.id, trouble=f"done {wanted.name}"))


def _again(folder: str) -> bool:
    try:
        Path(folder, "died").touch(exist_ok=False)
        return False
    except FileExistsError:
        return True


def order(id: str, name: str, folder: Path) -> Order:
    """An order for it."""
    return Order(id, name, {}, (), "", (1,), {}, "image", "harness", str(folder))
