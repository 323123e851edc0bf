"""`proclab watch`: the live page of a lab. Samples its containers as they come and go, and serves what they show."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from proclab import ROOT
from proclab.doctor.host import ask
from proclab.errors import InfraError, ProclabError, ProtocolError, UsageError
from proclab.labs import Lab, discover, in_language
from proclab.live.choices import Choice, choices
from proclab.live.live import Live
from proclab.live.recordings import Recordings
from proclab.live.running import Running, arrivals, free_name, running
from proclab.live.terminal import Sampler
from proclab.live.web import Server, Shown, served
from proclab.procfs import Sample
from proclab.words import Lang, catalogue

MOUNT = '{{range .Mounts}}{{if eq .Destination "/lab/run"}}{{.Source}}{{end}}{{end}}'
Said = tuple[str, Sample | None]  # a box; None: its container has ended


class Watching:
    """Samplers in every container of a lab that runs; what they say comes by the queue."""

    def __init__(self, project: str, services: Sequence[str]) -> None:
        self.project, self.services = project, services
        self.said: queue.Queue[Said] = queue.Queue()
        self.seen: set[str] = set()  # containers that have or had a sampler
        self.samplers: dict[str, Sampler] = {}
        self.folders: dict[str, str] = {}  # box → the host's folder at /lab/run
        self.lock = threading.Lock()

    def find(self) -> None:
        """Starts samplers where none is yet."""
        for each in running(self.project, self.services):
            with self.lock:
                if each.id not in self.seen:
                    self._add(each)

    def _add(self, each: Running) -> None:
        self.seen.add(each.id)
        box = free_name(each.service, self.samplers)
        self.folders[box] = ask(["docker", "inspect", "--format", MOUNT, each.id]).out.strip()
        self.samplers[box] = Sampler(box, each.id, 0)
        threading.Thread(target=self._listen, args=(box, self.samplers[box]), daemon=True).start()

    def _listen(self, box: str, sampler: Sampler) -> None:
        try:
            for sample in sampler.samples():
                self.said.put((box, sample))
        except ProtocolError:  # what comes out of the container is no sample: nothing more is believed
            pass
        sampler.close()
        sampler.forget()
        with self.lock:
            self.samplers.pop(box, None)
        self.said.put((box, None))

    def close(self) -> None:
        """Lets all samplers go."""
        with self.lock:
            samplers = list(self.samplers.values())
        for sampler in samplers:
            sampler.close()


class Desk:
    """What the page shows, and what it can ask for."""

    def __init__(self, lab: Lab, project: str, lang: Lang, root: Path = ROOT) -> None:
        self.lab, self.lang = lab, lang
        self.shown = Shown(
            Live(f"{catalogue(lang).say('look.lab', number=lab.number)}: {in_language(lab.title, lang)}", lang)
        )
        self.latest: dict[str, Sample] = {}  # with the launchers, which the page leaves out
        self.watching = Watching(project, lab.services)
        self.recordings = Recordings(lab.number, root, lambda how: self.tell(recording=how))
        self.tell(recording={}, choices=self.offered())

    def choices(self) -> list[Choice]:
        """What can be recorded now."""
        return choices(self.lab, self.latest.values(), self.watching.folders)

    def offered(self) -> list[list[object]]:
        return [each.plain() for each in self.choices()]

    def tell(self, **more: object) -> None:
        """Something for the page besides the looks."""
        with self.shown.change() as live:
            live.tell(**more)

    def take(self, box: str, sample: Sample | None) -> None:
        """What a sampler said."""
        with self.shown.change() as live:
            if sample is None:
                self.latest.pop(box, None)
                live.ended(box)
            elif live.take(sample):
                self.latest[box] = sample
            else:
                return
            live.tell(choices=self.offered())

    def record(self, key: str) -> None:
        """Starts the recording of that key, or with none ends the one that runs; raises UsageError."""
        if not key:
            return self.recordings.stop()
        with self.shown.changed:
            found = next((each for each in self.choices() if each.key == key), None)
        if found is None:
            raise UsageError("that can't be recorded here, or runs no more")
        self.recordings.start(found)

    def close(self) -> None:
        self.watching.close()
        self.recordings.close()


def _look_out(watching: Watching, came: Iterator[None]) -> None:
    for _ in came:
        with contextlib.suppress(InfraError):  # the engine has gone; ^C is left
            watching.find()


def _asked_to_end(number: int, frame: object) -> None:
    """SIGTERM, or the terminal was closed (SIGHUP): what was started goes, too."""
    raise SystemExit(128 + number)


def serve(desk: Desk, port: int) -> int:
    """Serves the page until ^C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked_to_end)
    with ExitStack() as stack:
        stack.callback(desk.close)
        came = stack.enter_context(arrivals(time.time() - 1))
        threading.Thread(target=_look_out, args=(desk.watching, came), daemon=True).start()
        desk.watching.find()
        server = Server(desk.shown, desk.record, desk.recordings.page, port)
        words = catalogue(desk.lang)
        address = stack.enter_context(served(server))
        print(words.say("look.page", number=desk.lab.number, address=address))
        print(words.say("look.page.open"), flush=True)
        try:
            while True:  # with a time limit: ^C just before a wait without one would be noticed at its end only
                with contextlib.suppress(queue.Empty):
                    desk.take(*desk.watching.said.get(timeout=1))
        except KeyboardInterrupt:
            print(f"\n{words.say('look.page.over')}", flush=True)
    return 0


def watch(lab: int, project: str, port: int, lang: Lang) -> int:
    """Serves the page of the command line's lab."""
    found = next((each for each in discover(ROOT) if each.number == lab), None)
    if found is None:
        raise UsageError(f"there is no lab {lab}")
    try:
        return serve(Desk(found, project, lang), port)
    except (OSError, OverflowError) as error:
        raise ProclabError(f"port {port} of 127.0.0.1 can't be had: {error}") from error
