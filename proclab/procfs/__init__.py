"""/proc, sampled: what the guest's look.py reported becomes values, and the same events as a recording's.

sample = parse(line)                    one look at one container
looks = Looks(); looks.take(sample)     looks.events: what has happened, as far as samples show it
waiting_of(thread, machine)             what a thread waits in
Endpoints(samples).others(descriptor)   who has the other end
"""

from proclab.procfs.endpoints import ESTABLISHED, LISTEN, End, Endpoints
from proclab.procfs.objects import Objects
from proclab.procfs.sample import (
    OURS,
    Descriptor,
    Inet,
    Process,
    Sample,
    Signals,
    Thread,
    Unix,
    Way,
    own,
    parse,
    quiet,
)
from proclab.procfs.samples import Looks
from proclab.procfs.waiting import Waiting, sharers, waiting_of

__all__ = [
    "ESTABLISHED", "LISTEN", "OURS", "Descriptor", "End", "Endpoints", "Inet", "Looks", "Objects", "Process",
    "Sample", "Signals", "Thread", "Unix", "Waiting", "Way", "own", "parse", "quiet", "sharers", "waiting_of",
]  # fmt: skip
