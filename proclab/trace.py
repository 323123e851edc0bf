"""`proclab trace`: a recording, or a log of strace's of the user's own, becomes events and pictures, and the story on
the terminal.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from proclab.errors import ProclabError, UsageError
from proclab.events import Event, Evidence
from proclab.events import log as eventlog
from proclab.findings import believed
from proclab.recording import own, raw
from proclab.strace import (
    Program,
    Record,
    evidence,
    faults_of,
    of_log,
    parse,
    read,
    read_folder,
    stopped_at,
    uncollected,
    untorn,
)
from proclab.text import printable
from proclab.views import files
from proclab.words import Lang, catalogue

EVENTS = "events.jsonl"
SHOWN_LINES = 200  # of the story, on the terminal; story.txt has all of it
LAST_LINES = 40  # what to notice stands at the end
HOW = "strace -f -ttt -T -o my.log PROGRAM"  # makes a log that can be read best


def convert(folder: Path, lang: Lang) -> dict[str, str]:
    """Writes what follows from `folder`/raw beside it; returns the texts by file name."""
    texts, strange = raw.texts(folder / "raw")
    if strange:
        say("strange", lang, n=strange, folder=folder / "raw")
    events = read_folder(texts)
    tell_plan(faults_of(texts), lang)
    return save(folder, events, outputs(events, lang, folder.name, evidence(texts, events), stopped_at(texts)))


def tell_plan(plans: Mapping[str, Sequence[str]], lang: Lang) -> None:
    """How often a plan of faults has met a call: one that met none has shown nothing."""
    for kinds in plans.values():
        undone = kinds.count("undone")
        met = len(kinds) - undone
        if met:
            say("plan", lang, number=met)
        if undone:
            say("unshortened", lang, number=undone)
        if not kinds:
            say("unmet", lang)


def convert_log(path: Path, folder: Path, lang: Lang) -> dict[str, str]:
    """Writes what follows from a log of the user's own into another folder; returns the texts by file name."""
    if os.path.realpath(folder) == os.path.realpath(path.parent):
        raise UsageError(f"{path} lies in {folder} itself, where nothing is written", "name another folder: -o FOLDER")
    if (folder / "raw").exists():
        raise UsageError(f"{folder} holds a recording of its own", "name another folder: -o FOLDER")
    events = read([_program(own.texts(path), path)])
    folder.mkdir(parents=True, exist_ok=True)
    return save(folder, events, outputs(events, lang, folder.name, of_log(events)))


def _program(texts: Mapping[str, str], path: Path) -> Program:
    """The files of one strace; a lone one whose lines name no process may be of a thread, by its name."""
    records = [next(filter(_says, map(parse, text.split("\n"))), None) for text in texts.values()]
    if not any(records):
        raise UsageError(f"{path} is no log of strace: none of its lines is of a call or an end", f"make one: {HOW}")
    threads = {thread: text for name, text in texts.items() if (thread := own.thread(name)) is not None}
    if len(threads) == len(texts) and not any(record and record.pid for record in records):
        return Program({thread: untorn(text) for thread, text in threads.items()})
    return Program(text=untorn("".join(texts.values())))


def _says(record: Record) -> bool:
    return record.kind != "text"


def save(folder: Path, events: Sequence[Event], pictures: dict[str, str]) -> dict[str, str]:
    """Writes the events, line by line, and their pictures."""
    with raw.opened(os.path.realpath(folder)) as inside:
        raw.write(inside, EVENTS, (f"{eventlog.dumps(event)}\n" for event in events))
        for name, text in pictures.items():
            raw.write(inside, name, [text])
    return pictures


def take(folder: Path, lang: Lang) -> None:
    """Takes the archives that containers gave into `folder`/raw, and says of each what was refused."""
    if not (folder / "raw").is_dir():
        raise UsageError(f"{folder} holds no recording: there is no {folder / 'raw'}")
    for box in raw.archives(folder / "raw"):
        taken = raw.take_file(folder / "raw", box)
        if sentence := refusal(taken, lang):
            print(f"proclab: {sentence}", file=sys.stderr)


def refusal(taken: raw.Taken, lang: Lang) -> str:
    """What didn't come in, in one sentence; "" when all did."""
    words = catalogue(lang)
    kinds = ", ".join(
        f"{words.say(f'trace.refused.{kind}')}: {n}" for kind, n in sorted(taken.refused.items()) if kind != "cut"
    )
    said = []
    if kinds:
        names = ", ".join(repr(name) for name in taken.names)
        said.append(words.say("trace.refused", kinds=kinds) + (f" ({names})" if names else ""))
    if taken.refused["cut"]:
        said.append(words.say("trace.cut"))
    return f"{taken.box}: {'; '.join(said)}" if said else ""


def say(key: str, lang: Lang, **values: object) -> None:
    """A sentence on the standard error."""
    print("proclab: " + catalogue(lang).say(f"trace.{key}", **values), file=sys.stderr)


def outputs(
    events: Sequence[Event],
    lang: Lang,
    title: str,
    worth: Evidence | None = None,
    stopped: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """All pictures of a recording."""
    with uncollected():
        return files(events, lang, title, lambda found: believed(found, worth or Evidence(), events, stopped))


def shown(story: str, folder: Path, lang: Lang, first: int = SHOWN_LINES, last: int = LAST_LINES) -> str:
    """The story as far as a terminal bears it: its beginning and its end."""
    lines = story.splitlines()
    left_out = len(lines) - first - last
    if left_out <= 0:
        return "\n".join(lines)
    more = catalogue(lang).say("trace.more", number=left_out, path=folder / "story.txt")
    return "\n".join([*lines[:first], more, *lines[-last:]])


def trace(source: Path, lang: Lang, only_raw: bool, out: Path | None = None) -> int:
    """Converts a recording's folder or a log, and says where everything is."""
    log = not os.path.isdir(source)  # of a name that is no name, too
    if (only_raw and log) or (out and not log):
        raise UsageError("--raw is for a recording, -o for a log of your own")
    folder = (out or _default_out(source)) if log else source
    written = _convert(source, folder, lang, log, only_raw)
    if not only_raw:
        print(shown(written["story.txt"], folder, lang))
        print(f"\n{folder}: {', '.join([EVENTS, *written])}", file=sys.stderr)
    return 0


def _default_out(log: Path) -> Path:
    """out/my for my.log and my.log.gz; out/log where nothing but dots is left of the name."""
    stem = Path(printable(log.name.removesuffix(".gz"))).stem
    return Path("out", stem if stem.strip(".") else "log")


def _convert(source: Path, folder: Path, lang: Lang, log: bool, only_raw: bool) -> dict[str, str]:
    try:
        if log:
            return convert_log(source, folder, lang)
        take(folder, lang)
        return {} if only_raw else convert(folder, lang)
    except OSError as error:
        copied = "copy it into one: cat … > my.log" if error.errno == errno.EINVAL else None
        fix = copied if log else f"the recording is kept in {folder / 'raw'}"
        raise ProclabError(f"{error.filename or source}: {error.strerror}", fix) from error
