"""A command of `proclab`, declared once: its name, its help, its arguments, and the function that carries it out.

The function is named, not imported: help needs nothing but this, and `proclab doctor` works without the Docker SDK.
It is called with the arguments by name and returns the exit status.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from proclab.errors import ProclabError

INTERRUPTED = 130  # as a shell reports a program that SIGINT ended


@dataclass(frozen=True)
class Argument:
    """What argparse's add_argument() takes."""

    names: tuple[str, ...]
    settings: Mapping[str, Any]


def argument(*names: str, **settings: Any) -> Argument:
    """An argument or an option, in argparse's words."""
    return Argument(names, settings)


@dataclass(frozen=True)
class Command:
    """One command; `does` is "module:function". `forks`: a module that processes of its own have imported, too."""

    name: str
    help: str
    does: str
    arguments: tuple[Argument, ...] = ()
    forks: str = ""

    def function(self) -> Callable[..., int]:
        """The function that carries the command out, imported now."""
        if self.forks:
            begin_to_fork(self.forks)
        module, _, name = self.does.partition(":")
        found: Callable[..., int] = getattr(import_module(module), name)
        return found

    def add_to(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
        """Adds this command to a parser's commands; its own parser."""
        parser = commands.add_parser(self.name, help=self.help, description=f"{self.help[:1].upper()}{self.help[1:]}.")
        for each in self.arguments:
            parser.add_argument(*each.names, **each.settings)
        return parser


def begin_to_fork(module: str) -> None:
    """Starts the process that others will be forked from, while this one imports the same: it takes either a second.

    (Forked from here they would have the locks of our threads, see multiprocessing's "Contexts and start methods".)
    """
    from multiprocessing import forkserver, set_forkserver_preload

    set_forkserver_preload([module])
    forkserver.ensure_running()


def run(parser: argparse.ArgumentParser, commands: Sequence[Command], argv: Sequence[str] | None) -> int:
    """Does what the line asks for: 0 done, 1 done and something is wrong, 2 misuse or our fault, with one sentence."""
    under = parser.add_subparsers(dest="command", metavar="command")
    for command in commands:
        command.add_to(under)
    given = vars(parser.parse_args(argv))
    name = given.pop("command")
    if name is None:
        parser.print_help()
        return 2
    try:
        return next(command for command in commands if command.name == name).function()(**given)
    except ProclabError as error:
        print(f"proclab {name}: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
