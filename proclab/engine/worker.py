"""One thread that makes blocking calls for another one, which waits no longer than its own deadline.

Theory of operation. docker-py's timeouts are per socket operation, so a daemon that hangs or trickles can
hold a caller for ever, and a ^C in the middle of a call leaves nobody who knows whether the container was
made. So each call runs in a worker thread; the caller waits on the monotonic clock. Calls of one worker are
first in, first out: the removal asked for after an interrupted create runs after that create has ended. A
worker that missed a deadline is left behind (a daemon thread; its own socket timeout ends it) and the next
call gets a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from proclab.clock import Deadline

T = TypeVar("T")

SLICE = 0.2  # seconds


class DeadlineMissed(Exception):
    """The call has not returned in time. It may still be running."""


class _Call:
    """One call on its way through a worker. `done` guards the two results."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.done = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, resource: Any) -> None:
        try:
            self.value = self.function(resource)
        except BaseException as error:  # handed to the caller, whatever it is
            self.error = error
        self.done.set()


class Worker:
    """Makes calls on a resource (opened in the thread, used by no other)."""

    def __init__(self, open_resource: Callable[[], Any], name: str) -> None:
        self._open = open_resource
        self._name = name
        self._queue: SimpleQueue[_Call | None] | None = None

    def call(self, function: Callable[[Any], T], deadline: Deadline, shielded: bool = False) -> T:
        """function(resource), or DeadlineMissed. Shielded: a ^C is raised only after the call has ended."""
        call = _Call(function)
        self._submit(call)
        interrupt = _wait(call.done, deadline, shielded)
        if interrupt:
            raise interrupt
        if not call.done.is_set():
            self.close()  # leave the hanging thread behind
            raise DeadlineMissed
        if call.error:
            raise call.error
        return call.value  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let the thread end after what it is doing; a later call starts another."""
        if self._queue is not None:
            self._queue.put(None)
            self._queue = None

    def _submit(self, call: _Call) -> None:
        if self._queue is None:
            self._queue = SimpleQueue()
            thread = threading.Thread(target=_serve, args=(self._open, self._queue), name=self._name, daemon=True)
            thread.start()
        self._queue.put(call)


def _wait(event: threading.Event, deadline: Deadline, shielded: bool) -> KeyboardInterrupt | None:
    """Wait; when shielded, keep a ^C until afterwards.

    In slices: a ^C that arrives just before the thread goes to sleep wakes nobody (the handler runs between bytecodes).
    """
    interrupt = None
    while not event.is_set() and not deadline.passed:
        try:
            event.wait(min(deadline.left, SLICE))
        except KeyboardInterrupt as caught:
            if not shielded:
                raise
            interrupt = caught
    return interrupt


def _serve(open_resource: Callable[[], Any], queue: SimpleQueue[_Call | None]) -> None:
    """The thread: open the resource on the first call (its failure is that call's), make the calls, close."""
    resource: Any = None
    while (call := queue.get()) is not None:
        if resource is None:
            opening = _Call(lambda _: open_resource())
            opening.run(None)
            resource = opening.value
            if opening.error:
                call.error = opening.error
                call.done.set()
                continue
        call.run(resource)
    if resource is not None:
        resource.close()
