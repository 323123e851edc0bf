"""The `proclab` command: argument parsing only. Students need none of it; `make` is their front door."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from proclab import __version__
from proclab.errors import ProclabError

# name: (module whose main(argv) does it, what it does). A module is imported only when its command is asked for:
# `proclab doctor` must work where the Docker SDK is not installed.
COMMANDS = {
    "labs": ("proclab.listing", "list the labs and their demos"),
    "doctor": ("proclab.doctor", "look at the engine and the machine; each finding with its fix"),
    "wipe": ("proclab.wipe", "remove the containers and networks that a crash left"),
    "bench": ("proclab.bench", "measure what running costs, as ratios"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """0 done, 1 done and something is wrong, 2 misuse or our fault, after one sentence on stderr."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if options.command is None:
        parser.print_help()
        return 2
    run: Callable[[Sequence[str]], int] = import_module(COMMANDS[options.command][0]).main
    try:
        return run(rest)
    except ProclabError as error:
        print(f"proclab {options.command}: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proclab", description="A lab bench for processes and their communication.")
    parser.add_argument("--version", action="version", version=f"proclab {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, (_, help_text) in COMMANDS.items():
        # The command's own module parses its arguments, --help included.
        commands.add_parser(name, help=help_text, add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
