"""Events → the state at step k: what processes, descriptors, locks and signals are. The model and its reducer, no more.

state = reduce(events[:k])            one State; state.boxes, state.box("server"), state.only
reduce(events, *observers)            the same; each Observer sees every state on the way

What follows from it is derived in `proclab.findings`.
"""

from proclab.state.box import Box, State
from proclab.state.records import Closed, Description, End, Entry, Holder, Lock, Object, Process, Thread, Wait
from proclab.state.reducer import Observer, apply, reduce
from proclab.state.waiting import is_stuck, wakers

__all__ = [
    "Box", "Closed", "Description", "End", "Entry", "Holder", "Lock", "Object", "Observer", "Process", "State",
    "Thread", "Wait", "apply", "is_stuck", "reduce", "wakers",
]  # fmt: skip
