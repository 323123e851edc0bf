"""strace's text → events. Pure: `read` takes the logs as strings, and never raises on what is in them.

    events = read_folder({"lab/1/t.12": "…", "lab/1/start.json": "…", "lab/files.json": "…"})     the recorder's
    events = read([Program(logs={12: "…", 19: "…"})])                                             strace -ff
    events = read([Program(text="…")])                                                            strace -f

    lines.py    a line → a record            steps.py   records → what each thread did, one after the other
    terminal.py whose line it is, where no pid stands
    ancestry.py who made whom                order.py   one causal order of it all
    world.py    tables, objects, drafts      interpret.py steps in that order → events
    final.py    drafts → events              numbers.py which socket is sock1

    struck.py   which calls a fault plan has met

    evidence.py whether the recording is whole

What each descriptor is, is known from the calls; decorations by -y are only used where a call was not seen.
"""

from proclab.strace.evidence import evidence, of_log, stopped_at
from proclab.strace.folder import read_folder
from proclab.strace.interpret import Program, read, uncollected
from proclab.strace.lines import Record, parse, untorn
from proclab.strace.processes import TooMuch
from proclab.strace.struck import faults_of

__all__ = [
    "Program",
    "Record",
    "TooMuch",
    "evidence",
    "faults_of",
    "of_log",
    "parse",
    "read",
    "read_folder",
    "stopped_at",
    "uncollected",
    "untorn",
]
