"""The conductor: plays the demos of /lab/lab.toml and says what happens, as a guided run or as facts.

It judges nothing: whether a lab has shown what it should is for the host (tests) or the reader. Its exit
status says only whether every step got an answer by its deadline: 0 yes, 1 no, 2 misuse, 130 ^C.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import plan
import remote
import words
from console import Console
from script import Demo, Lab, Names, Scene, Step, fill, load
from stage import Emit, Overdue, Stage, interrupted, launcher
from wire import Strange


class Conductor:
    """Plays scenes: each step where it belongs, one after the other."""

    def __init__(self, emit: Emit, text: Callable[[dict[str, str]], str], service: str) -> None:
        self.emit = emit
        self.text = text
        self.service = service
        self.stages: dict[str, Any] = {service: Stage(emit)}
        self.listener: Any = None
        self.gone: dict[str, str] = {}  # service → why no other of its containers is waited for

    def play(self, scene: Scene) -> bool:
        """Plays a scene; False when a step got no answer. Whatever happens, no program of the scene stays."""
        self.emit({"fact": "scene", "demo": scene.demo, "number": scene.number, "title": scene.title})
        names: Names = {"pid1": "1"}
        places: dict[str, str] = {}
        try:
            for step in scene.steps:
                names |= self._step(scene, step, names, places)
        except (Overdue, Strange, KeyError, ValueError, OverflowError) as error:
            if not isinstance(error, Overdue | Strange):  # a name that nobody has, or that is no pid
                lack = "program" if isinstance(error, KeyError) else "name"
                self.emit({"fact": "overdue", "do": "step", "of": None, "lack": lack, "wanted": [str(error)]})
            return False
        finally:
            self.clear()
        return True

    def clear(self) -> None:
        """No program stays, neither here nor, as far as it still answers, there."""
        for service, stage in list(self.stages.items()):
            try:
                stage.clear()
            except (Strange, Overdue) as error:
                self._drop(service, str(error))

    def close(self) -> None:
        """Lets the remotes go."""
        for service in self.stages.keys() - {self.service}:
            self.stages.pop(service).close()
        if self.listener:
            self.listener.close()

    def _step(self, scene: Scene, step: Step, names: Names, places: dict[str, str]) -> Names:
        if "say" in step:
            self.emit({"fact": "say", "text": fill(self.text(step["say"]), names)})
        place = step.get("at", scene.service) if step["do"] in plan.ELSEWHERE else places.get(step.get("of", "demo"))
        if step["do"] == "start":
            step = {"program": scene.demo} | step
            places[step.get("as", "demo")] = place or scene.service
        return self._ask(place or scene.service, step, names)

    def _ask(self, service: str, step: Step, names: Names) -> Names:
        try:
            return self._stage(service).play(step, names)
        except Strange as error:
            lack = {"lack": "answer", "wanted": [f"{service} ({error})"]}
            self.emit({"fact": "overdue", "do": step["do"], "of": None, **lack})
            self._drop(service, str(error))
            raise

    def _drop(self, service: str, why: str) -> None:
        """It is asked nothing any more."""
        self.gone[service] = why
        if lost := self.stages.pop(service, None):
            lost.close()

    def _stage(self, service: str) -> Any:
        if service in self.gone:
            raise Strange(self.gone[service])
        if service not in self.stages:
            try:
                self.stages[service] = remote.accept(self._listen(), service, _tagged(self.emit, service))
            except Overdue:  # each later scene would wait for it as long
                self.gone[service] = "it has not come"
                raise
        return self.stages[service]

    def _listen(self) -> Any:
        self.listener = self.listener or remote.listen()
        return self.listener


def _tagged(emit: Emit, service: str) -> Emit:
    return lambda fact: emit(fact | {"at": service})


def choose(lab: Lab, demos: Sequence[str], service: str, scene: int | None) -> list[tuple[Demo, list[Scene]]]:
    """The scenes to play: of the demos named (all when none is), in this service's container."""
    chosen = [demo for demo in lab.demos if not demos or demo.name in demos]
    scenes = [(demo, [s for s in demo.scenes if s.service == service and scene in (None, s.number)]) for demo in chosen]
    return [(demo, some) for demo, some in scenes if some]


def play(lab: Lab, chosen: list[tuple[Demo, list[Scene]]], conductor: Conductor, emit: Emit, first: bool) -> int:
    """Plays the chosen scenes and returns how many did not get to their end."""
    number = os.environ.get("PROCLAB_LAB", "N")
    if first:
        emit({"fact": "lab", "n": number, "title": lab.title})
    bad = 0
    for demo, scenes in chosen:
        emit({"fact": "demo", "name": demo.name, "title": demo.title})
        bad += sum(not conductor.play(scene) for scene in scenes)
    if first or bad:
        emit({"fact": "done", "bad": bad, "n": number, "demo": chosen[0][0].name})
    return bad


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="play", description="Plays the lab's demos, step by step.")
    parser.add_argument("--lab", type=Path, default=Path("/lab/lab.toml"), help="the lab's script")
    parser.add_argument("--demo", action="append", default=[], help="only this demo (may be repeated)")
    parser.add_argument("--scene", type=int, help="only the scene of this number")
    parser.add_argument("--service", help="the service in whose container this runs (default: the lab's own)")
    parser.add_argument("--lang", default=os.environ.get("PROCLAB_LANG", "en"), help="en, ru, …")
    parser.add_argument("--json", action="store_true", help="facts as JSON lines instead of a guided run")
    parser.add_argument("--plan", action="store_true", help="play nothing: what the scripts ask of lab.toml")
    return parser.parse_args(argv)


def planned(path: Path) -> int:
    """Answers the scripts' questions about a lab.toml; 2 and one sentence where it can't be answered from."""
    try:
        lines = plan.answers(load(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Plays what the command line asks for."""
    args = arguments(argv)
    if args.plan:
        return planned(args.lab)
    lab = load(args.lab)
    console = Console(args.lang, sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    service = args.service or lab.services[0]
    chosen = choose(lab, args.demo, service, args.scene)
    if not chosen:
        words.say("nothing", demos=" ".join(demo.name for demo in lab.demos))
        return 2

    def emit(fact: dict[str, Any]) -> None:
        if launcher():
            fact = fact | {"t": time.time_ns()}  # a recording's facts find their place among its events
        for line in [json.dumps(fact, ensure_ascii=False)] if args.json else console.lines(fact):
            print(line, flush=True)

    conductor = Conductor(emit, console.words.text, service)
    try:
        return 1 if play(lab, chosen, conductor, emit, service == lab.services[0]) else 0
    except KeyboardInterrupt:
        conductor.clear()
        return 130
    except BrokenPipeError:  # the reader has gone (make lab-1 | head): nothing more to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        conductor.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupted)
    sys.exit(main())
