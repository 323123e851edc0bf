"""Whether threads that stand still all stand at locks: what the kernel shows of a deadlock among threads.

A recording of a Python program doesn't show futex(2). But a thread that isn't runnable and is in none of the calls that
a recording shows is at a lock; and where every thread is, nobody is left who could release one.
"""

from __future__ import annotations

from collections.abc import Iterable

from proclab.events import Block, Call, Event, Exit, Fork, Killed, Start, Stopped, Task, Thread, ThreadExit


def all_at_locks(events: Iterable[Event]) -> bool:
    """Whether every thread that was there to the last stands at a lock. To be asked where none was runnable."""
    threads: dict[Task, Task] = {}  # each with its process
    waits: dict[Task, int] = {}
    for event in events:
        match event:
            case Start():
                threads[event.task] = event.proc
            case Fork(child=Task() as child):
                threads[child] = child
            case Thread(child=Task() as child):
                threads[child] = event.proc
            case ThreadExit(called=True):
                threads.pop(event.task, None)
            case Exit() | Killed(felled=False):  # what the recorder felled stood there until then
                threads = {task: proc for task, proc in threads.items() if proc != event.proc}
            case Block() | Stopped():  # a SIGCONT may come
                waits[event.task] = event.seq
            case Call(block=int() as block) if waits.get(event.task) == block and not event.error.startswith(
                "ERESTART"
            ):
                del waits[event.task]
    return bool(threads) and not waits.keys() & threads.keys()
