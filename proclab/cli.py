"""The `proclab` command: the table of what it can do. Students need none of it, `make` is their door."""

from __future__ import annotations

import argparse
import io
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proclab import ROOT, __version__
from proclab.command import Command, argument, run
from proclab.words.catalogue import LANGS, Lang, default_language

if TYPE_CHECKING:
    from proclab.labs import Lab

# An empty default goes through `type` too, so that the environment is asked when a command is given.
LANG = argument(
    "-l",
    "--lang",
    choices=LANGS,
    type=lambda text: text or default_language(),
    default="",
    help="language (default: that of PROCLAB_LANG, LC_ALL or LANG)",
)

COMMANDS = (
    Command("labs", "list the labs and their demos", "proclab.cli:labs", (LANG,)),
    Command(
        "doctor",
        "look at the engine and the machine; each diagnosis with its fix",
        "proclab.doctor.examine:doctor",
        (argument("--json", action="store_true", dest="as_json", help="diagnoses as JSON, for a bug report"),),
    ),
    Command(
        "wipe", "remove the containers, networks and volumes that a crash of this checkout left", "proclab.cli:wipe"
    ),
    Command(
        "bench",
        "measure what running, recording and drawing cost, as ratios within one run",
        "proclab.bench.bench:bench",
        (
            argument("rows", nargs="*", help="which rows (default: all but from-nothing; an unknown one lists them)"),
            argument("--pairs", type=int, default=10, help="how many times both sides take their turn (10)"),
            argument("--full", action="store_true", help="from-nothing too: builds an image in a clone (or FULL=1)"),
        ),
    ),
    Command(
        "trace",
        "make events, story and pictures of a recording, or of a log that your own strace has written",
        "proclab.trace:trace",
        (
            argument(
                "source",
                type=Path,
                metavar="FOLDER|FILE",
                help="out/NAME, with the recording in raw/; or what strace -f -ttt -T -o FILE has written",
            ),
            argument("-o", "--out", type=Path, metavar="FOLDER", help="where a log's pictures go (default: out/NAME)"),
            LANG,
            argument(
                "--raw",
                action="store_true",
                dest="only_raw",
                help="take what the containers gave into raw/, no pictures",
            ),
        ),
    ),
    Command(
        "look",
        "draw what runs in containers now",
        "proclab.live.terminal:draw",
        (
            argument("title", help="what the picture is called: any words; of a number, the lab's"),
            argument("boxes", nargs="+", metavar="NAME=CONTAINER", help="what it shows, by which name"),
            argument("--watch", action="store_true", dest="again", help="again and again, with what has changed"),
            LANG,
        ),
    ),
    Command(
        "watch",
        "serve a page on 127.0.0.1 that shows a lab live",
        "proclab.live.watching:watch",
        (
            argument("lab", type=int, help="number of the lab"),
            argument("project", help="Compose project of this checkout"),
            argument("--port", type=int, default=0, help="of 127.0.0.1; 0: any that is free"),
            LANG,
        ),
    ),
    Command(
        "check",
        "check a student's work: what is right, what is missing and why",
        "proclab.grading.checking:check",
        (
            argument("labs", nargs="*", type=int, help="numbers of labs (default: all that have tasks)"),
            argument(
                "--work", type=Path, metavar="FOLDER", help="folder or archive of the work (default: labs/*/tasks)"
            ),
            argument(
                "--replace",
                action="append",
                default=[],
                dest="replaced",
                metavar="NAME=FILE",
                help="take FILE in the place of the task's file NAME",
            ),
            argument("--live", action="store_true", help="again whenever a file is saved"),
            argument("--json", action="store_true", dest="as_json", help="the record on the standard output"),
            LANG,
        ),
        forks="proclab.grading.job",
    ),
    Command(
        "grade",
        "grade a class: a record, pages and exports for each submission",
        "proclab.grading.classroom:grade",
        (
            argument(
                "submissions",
                nargs="?",
                type=Path,
                metavar="SUBMISSIONS",
                help="a folder with a folder or an archive for each, or the zip of Moodle, Canvas or Gradescope",
            ),
            argument(
                "-o", "--out", type=Path, default=Path("out/grades"), metavar="FOLDER", help="where everything goes"
            ),
            argument(
                "--labs",
                type=lambda text: [int(word) for word in text.split(",") if word],
                default=[],
                metavar="1,3",
                help="which labs (default: all that have tasks)",
            ),
            argument("--jobs", type=int, default=0, help="how many at once (default: 1, or two a worker of a cluster)"),
            argument("--cluster", default="", metavar="ADDRESS", help="Dask scheduler: tcp://head:8786"),
            argument(
                "--one",
                type=Path,
                dest="alone",
                metavar="FOLDER",
                help="one submission: 0 all passed, 1 not all, 2 ours",
            ),
            argument(
                "--json", action="store_true", dest="as_json", help="with --one: the record on the standard output"
            ),
            LANG,
        ),
    ),
    Command(
        "fill",
        "fill grades into the table that Canvas or Moodle gave",
        "proclab.grading.filling:filled_in",
        (
            argument("gradebook", type=Path, metavar="FILE", help="the CSV that Canvas or Moodle exported"),
            argument(
                "--from",
                type=Path,
                default=Path("out/grades"),
                dest="folder",
                metavar="FOLDER",
                help="of proclab grade (default: out/grades)",
            ),
            argument("--column", default="", help="header of the column to fill, where there are several"),
            argument("-o", "--out", type=Path, metavar="FILE", help="the filled table (default: FILE-filled.csv)"),
            LANG,
        ),
    ),
    Command("version", "say which proclab this is, on which Python, from which checkout", "proclab.cli:version"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point of `proclab` and of `python -m proclab`."""
    parser = argparse.ArgumentParser(
        prog="proclab",
        description="A lab bench for processes and what they say to each other.",
        epilog="`proclab COMMAND --help` says what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"proclab {__version__}")
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a terminal without UTF-8 can't show is \u…, not a traceback
        sys.stdout.reconfigure(errors="backslashreplace")
    return run(parser, COMMANDS, argv)


def labs(lang: Lang) -> int:
    """`proclab labs`."""
    from proclab.labs import discover

    print(listed(discover(ROOT), lang))
    return 0


def listed(found: Iterable[Lab], lang: Lang) -> str:
    """Each lab in one line, its demos below."""
    from proclab.labs import in_language

    lines: list[str] = []
    for lab in found:
        lines.append(f"{lab.number}  {in_language(lab.title, lang)}")
        lines += [f"     {demo.name:<32} {in_language(demo.title, lang)}" for demo in lab.demos]
    return "\n".join(lines)


def wipe() -> int:
    """`proclab wipe`."""
    from proclab.engine import Engine, labels, wipe

    with Engine(labels.Owner(labels.owner_of(ROOT))) as engine:
        gone = wipe(engine)
    for kind, name in gone:
        print(f"removed {kind} {name[:24]}")
    print(f"{len(gone)} removed" if gone else "nothing was left")
    return 0


def version() -> int:
    """`proclab version`."""
    print(f"proclab {__version__}, Python {platform.python_version()}, {ROOT}")
    return 0
