"""Programs of a folder, recorded one after the other in one container, and what was read of them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from proclab.compose import Mount, Project
from proclab.engine import Engine, Sandbox
from proclab.events import Event
from proclab.findings import Finding, derive
from proclab.strace import read_folder

RECORD = "python -Es /usr/lib/proclab/record.py"
SECONDS = 400  # of all programs of a folder, on a busy machine; and of one, below: none of them takes a second
# One exec for all of them; what the programs print goes nowhere. A line for each: name, exit status, end.json.
LOOP = f"""
while read -r name; do
    {RECORD} run $OPTIONS --seconds 100 --bytes {1 << 30} --lines 9999999 -- /lab/run/$name.py < /dev/null > /dev/null
    echo "$name $? $(cat /tmp/proclab-recording/end.json)"
done
"""
# STRACE=FOLDER has all of this done by the strace that lies there: another version than the image's.
OTHER = os.environ.get("STRACE")


@dataclass(frozen=True)
class Recording:
    """One program's part of what a container has recorded."""

    files: dict[str, str]  # as read_folder takes them
    end: dict[str, object]
    status: int

    @cached_property
    def events(self) -> list[Event]:
        return read_folder(self.files)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return derive(self.events)

    @cached_property
    def logs(self) -> dict[int, str]:
        return {int(path.rpartition(".")[2]): text for path, text in self.files.items() if "/t." in path}


Recorded = dict[str, Recording]


def programs(folder: Path) -> list[str]:
    """The programs of a folder, by name."""
    return sorted(path.stem for path in folder.glob("*.py"))


def record(engine: Engine, project: Project, folder: Path, options: str = "", names: Sequence[str] = ()) -> Recorded:
    """Every program of a folder, or some, one after the other in one container."""
    spec = project.spec("lab-1").running(*RECORD.split(), "hold")
    spec = replace(spec, mounts=(*spec.mounts, Mount(folder, "/lab/run", read_only=True), *_other_strace()))
    with Sandbox(engine, spec) as sandbox:
        into = [
            "docker",
            "exec",
            "-i",
            "-e",
            "PROCLAB_BOX=lab",
            "-e",
            f"OPTIONS={options}",
            "-e",
            "PATH=/lab/strace:/usr/bin:/bin",
            sandbox.name,
        ]
        asked = "".join(f"{name}\n" for name in names or programs(folder))
        said = _run([*into, "bash", "-c", LOOP], asked.encode()).decode()
        packed = _run([*into, *RECORD.split(), "pack"])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive]
        files = {name: file.read().decode(errors="surrogateescape") for name, file in members if file}
    return dict(_parts(files, said))


def _other_strace() -> list[Mount]:
    return [Mount(Path(OTHER).resolve(), "/lab/strace", read_only=True)] if OTHER else []


def _run(argv: list[str], data: bytes = b"") -> bytes:
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout


def _parts(files: dict[str, str], said: str) -> Iterator[tuple[str, Recording]]:
    """Each program by its name: the one that start.json of its folder tells."""
    ends = {name: (int(status), json.loads(end)) for name, status, end in map(_words, said.splitlines())}
    for path, text in files.items():
        if path.endswith("/start.json"):
            name = Path(json.loads(text)["argv"][1]).stem
            folder = path.removesuffix("start.json")
            own = {path: text for path, text in files.items() if path.startswith((folder, "lab/files.json"))}
            status, end = ends[name]
            yield name, Recording(own, end, status)


def _words(line: str) -> list[str]:
    return line.split(" ", 2)
