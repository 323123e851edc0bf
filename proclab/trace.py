"""`proclab trace`: a raw recording becomes events and pictures, and the story on the terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from proclab.errors import UsageError
from proclab.events import Event
from proclab.state import derive
from proclab.strace import read_folder
from proclab.views import files
from proclab.views.phrases import LANGS, Lang

SHOWN_LINES = 200  # of the story, on the terminal; story.txt has all of it
LAST_LINES = 40  # what to notice stands at the end


def convert(folder: Path, lang: Lang) -> dict[str, str]:
    """Writes what follows from `folder`/raw beside it; returns the texts by file name."""
    raw = folder / "raw"
    if not raw.is_dir():
        raise UsageError(f"{folder} holds no recording: there is no {raw}")
    texts = {
        str(path.relative_to(raw)): path.read_bytes().decode(errors="surrogateescape")
        for path in sorted(raw.rglob("*"))
        if path.is_file()
    }
    written = outputs(read_folder(texts), lang, folder.name)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return written


def outputs(events: Sequence[Event], lang: Lang, title: str) -> dict[str, str]:
    """All files of a recording; without the cyclic collector, which would look through the events again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        return files(events, derive(events), lang=lang, title=title)
    finally:
        if on:
            gc.enable()


def shown(story: str, folder: Path, first: int = SHOWN_LINES, last: int = LAST_LINES) -> str:
    """The story as far as a terminal bears it: its beginning and its end."""
    lines = story.splitlines()
    left_out = len(lines) - first - last
    if left_out <= 0:
        return "\n".join(lines)
    return "\n".join([*lines[:first], f"… {left_out} lines more in {folder / 'story.txt'} …", *lines[-last:]])


def main(argv: Sequence[str]) -> int:
    """Converts the folder of the command line and says where everything is."""
    parser = argparse.ArgumentParser(prog="proclab trace", description=__doc__.split(": ", 1)[1] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="out/NAME, with the recording in raw/")
    language = "ru" if os.environ.get("PROCLAB_LANG", os.environ.get("LANG", "")).startswith("ru") else "en"
    parser.add_argument("-l", "--lang", choices=LANGS, default=language)
    options = parser.parse_args(argv)
    written = convert(options.folder, options.lang)
    print(shown(written["story.txt"], options.folder))
    print(f"\n{options.folder}: {', '.join(name for name in written)}", file=sys.stderr)
    return 0
