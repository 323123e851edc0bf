"""The `proclab` command: argument parsing, and telling what was done. Students need none of it, `make` is their door.

What a command needs is imported when the command is given: `proclab doctor` works without the Docker SDK.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proclab import __version__
from proclab.errors import ProclabError

if TYPE_CHECKING:
    from proclab.labs import Lab

ROOT = Path(__file__).resolve().parent.parent


def main(argv: Sequence[str] | None = None) -> int:
    """0 done, 1 done and something is wrong, 2 misuse or our fault, after one sentence on stderr."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if options.command is None:
        parser.print_help()
        return 2
    command, _ = COMMANDS[options.command]
    try:
        return command(rest)
    except ProclabError as error:
        print(f"proclab {options.command}: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130


def _labs(argv: Sequence[str]) -> int:
    from proclab.labs import discover

    parser = _subparser("labs")
    parser.add_argument("-l", "--lang", choices=("en", "ru"), default="en", help="language of the titles")
    print(tell_labs(discover(ROOT), parser.parse_args(argv).lang))
    return 0


def tell_labs(labs: Iterable[Lab], lang: str) -> str:
    """Each lab in one line, its demos below."""
    lines: list[str] = []
    for lab in labs:
        lines.append(f"{lab.number}  {lab.title[lang]}")
        lines += [f"     {demo.name:<32} {demo.title[lang]}" for demo in lab.demos]
    return "\n".join(lines)


def _doctor(argv: Sequence[str]) -> int:
    from proclab import doctor

    return doctor.main(argv)


def _wipe(argv: Sequence[str]) -> int:
    from proclab import labels
    from proclab.sandbox import Engine
    from proclab.values import environment_file
    from proclab.wipe import listing, wipe

    _subparser("wipe").parse_args(argv)
    env = ROOT / ".env"
    written = environment_file(env.read_text(encoding="utf-8")) if env.exists() else {}
    base = os.environ.get("COMPOSE_PROJECT_NAME") or written.get("COMPOSE_PROJECT_NAME", "")
    with Engine(labels.Owner(labels.owner_of(ROOT))) as engine:
        marks = [mark for kind in ("container", "network") for _, mark in listing(engine, kind, labels.PROJECT)]
        projects = own_projects(base, (mark.get(labels.PROJECT, "") for mark in marks))
        gone = [each for project in [None, *projects] for each in wipe(engine, project)]
    for kind, name in gone:
        print(f"removed {kind} {name[:24]}")
    print(f"{len(gone)} removed" if gone else "nothing was left")
    return 0


def own_projects(base: str, projects: Iterable[str]) -> list[str]:
    """The compose projects of this checkout: `base` (from .env), and `base-PID`, one for each run of the socket lab."""
    return sorted({p for p in projects if base and (p == base or p.startswith(f"{base}-"))})


def _bench(argv: Sequence[str]) -> int:
    from proclab.bench import bench

    return bench.main(argv)


def _trace(argv: Sequence[str]) -> int:
    from proclab import trace

    return trace.main(argv)


def _look(argv: Sequence[str]) -> int:
    from proclab.live import looking

    return looking.main(argv)


def _watch(argv: Sequence[str]) -> int:
    from proclab.live import watching

    return watching.main(argv)


def _version(argv: Sequence[str]) -> int:
    _subparser("version").parse_args(argv)
    print(f"proclab {__version__}, Python {platform.python_version()}, {ROOT}")
    return 0


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "labs": (_labs, "list the labs and their demos"),
    "doctor": (_doctor, "look at the engine and the machine; each finding with its fix"),
    "wipe": (_wipe, "remove the containers, networks and volumes that a crash of this checkout left"),
    "bench": (_bench, "measure what running costs, as ratios within one run"),
    "trace": (_trace, "make events, story and pictures of a recording: proclab trace out/NAME"),
    "look": (_look, "draw what runs in containers now: proclab look TITLE NAME=CONTAINER…"),
    "watch": (_watch, "serve a page on 127.0.0.1 that shows a lab live: proclab watch LAB PROJECT"),
    "version": (_version, "say which proclab this is, on which Python, from which checkout"),
}


def _subparser(command: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"proclab {command}", description=COMMANDS[command][1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="proclab", description="A lab bench for processes and what they say to each other."
    )
    parser.add_argument("--version", action="version", version=f"proclab {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, (_, help_text) in COMMANDS.items():
        commands.add_parser(name, help=help_text, add_help=False)  # the command parses its own arguments
    return parser


if __name__ == "__main__":
    sys.exit(main())
