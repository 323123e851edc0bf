"""Events → state at step k, and what follows from it: derived facts.

state = reduce(events[:k])            one State; state.boxes, state.box("server"), state.only
history = History(events)             history.at(k), from snapshots
facts = derive(events)                every Fact; fact.say("ru"), facts_at(facts, seq)
"""

from proclab.state.blocked import BusyWait, Deadlock, Want, deadlocks
from proclab.state.box import Box, State
from proclab.state.derive import History, Observer, derive, facts_at
from proclab.state.ends import BrokenPipe, NoEof, PipeEnd, no_eof, pipe_ends
from proclab.state.fact import Fact
from proclab.state.leaks import FdLeak, LeakedIntoExec, OpenFifo
from proclab.state.lives import Orphaned, ThreadsLeft, Unreaped, WasZombie
from proclab.state.peers import PeerClosed, Refused
from proclab.state.records import Closed, Description, Entry, Holder, Lock, Object, Process, Thread, Wait
from proclab.state.reducer import apply, reduce
from proclab.state.seen import Held, NoReader
from proclab.state.sent import Coalesced, Interrupted
from proclab.state.still import Link, Standstill
from proclab.state.waiting import stuck, wakers

__all__ = [
    "Box", "BrokenPipe", "BusyWait", "Closed", "Coalesced", "Deadlock", "Description", "Entry", "Fact",
    "FdLeak", "Held", "History", "Holder", "Interrupted", "LeakedIntoExec", "Link", "Lock", "NoEof", "NoReader",
    "Object", "Observer", "OpenFifo", "Orphaned", "PeerClosed", "PipeEnd", "Process", "Refused", "Standstill",
    "State", "Thread", "ThreadsLeft", "Unreaped", "Wait", "Want", "WasZombie", "apply", "deadlocks", "derive",
    "facts_at", "no_eof", "pipe_ends", "reduce", "stuck", "wakers",
]  # fmt: skip
