"""Plans of a lab in a checkout of stand-ins, as a run before would have left them."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.guest import module

LAB = """\
title = { en = "One", ru = "Один" }
services = ["lab-1"]
[[demo]]
name = "one"
title = { en = "a demo", ru = "пример" }
[[demo.scene]]
[[demo.scene.step]]
do = "start"
"""


def keep(checkout: Path, folder: str, image: str = "proclab:x") -> Path:
    """The plan of labs/FOLDER, as old as its lab.toml."""
    toml = checkout / "labs" / folder / "lab.toml"
    lines = [f"image\t{image}", *module("plan").answers(module("script").load(toml))]
    kept = checkout / ".cache" / f"plan-{folder.partition('-')[0]}"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("".join(f"{line}\n" for line in lines))
    as_old(kept, toml)
    return kept


def as_old(file: Path, other: Path, later_ns: int = 0) -> None:
    """Gives a file the time of the other one, or so much later."""
    times = other.stat()
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + later_ns))
