"""Who does the jobs of a grading: processes of this machine, or a Dask cluster's workers. Bytes go in and come out.

A worker that dies costs a retry; a submission that has cost two workers is put aside: our trouble, and no grade.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Protocol

from proclab.errors import InfraError, UsageError
from proclab.grading.job import Answer, Order, carry_out, encode, forget

Do = Callable[[bytes], bytes]
DEATHS = 2  # of workers that one submission may cost
KILLED = "it has cost {count} workers their life"
GONE = "the Dask scheduler has gone"


class Hands(Protocol):
    """Does orders in any order; at most `number` at a time are given to it."""

    number: int

    def give(self, order: Order) -> None: ...
    def take(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class Local:
    """Processes of this machine, one job each at a time. No port is opened."""

    def __init__(self, number: int, do: Do = carry_out, method: str = "spawn") -> None:
        self.number = number
        self._do = do
        self._method = method
        self._free: list[Executor] = [self._process() for _ in range(number)]
        self._busy: dict[Future[bytes], tuple[Executor, Order]] = {}
        self._deaths: dict[str, int] = {}

    @property
    def has_room(self) -> bool:
        """Whether a process is free."""
        return bool(self._free)

    def give(self, order: Order) -> None:
        """Starts the job in a process that is free."""
        executor = self._free.pop()
        self._busy[executor.submit(self._do, encode(order))] = (executor, order)

    def take(self) -> Iterator[bytes]:
        """Waits for an answer; those that are there."""
        done, _ = wait(self._busy, return_when=FIRST_COMPLETED)
        for future in done:
            executor, order = self._busy.pop(future)
            try:
                answer = future.result()
            except BrokenProcessPool:
                executor.shutdown(wait=False)
                self._free.append(self._process())
                if not (again := self._died(order)):
                    self.give(order)
                    continue
                answer = again
            else:
                self._free.append(executor)
            yield answer

    def _process(self) -> Executor:
        return ProcessPoolExecutor(1, multiprocessing.get_context(self._method), initializer=_serve_one_master)

    def _died(self, order: Order) -> bytes:
        """An answer, where a submission has cost too many workers; else nothing, and it is tried again."""
        count = self._deaths[order.id] = self._deaths.get(order.id, 0) + 1
        return encode(Answer(order.id, trouble=KILLED.format(count=count))) if count >= DEATHS else b""

    def close(self) -> None:
        """Lets the processes end, with their containers. Those that are at work are given up, and end at once.

        (Of a process that is killed the containers end, too: their agents' orders do. Its caller sweeps them.)
        """
        if self._busy:
            for child in multiprocessing.active_children():
                child.kill()
            return
        wait([executor.submit(forget) for executor in self._free])
        for executor in self._free:
            executor.shutdown()


def _serve_one_master() -> None:
    """^C on a terminal goes to all its processes; ours ends the workers when their submissions are done.

    Who is killed can't end anybody: so a worker ends with it, and its programs and containers with the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_master, daemon=True).start()


def _end_with_master() -> None:
    master = multiprocessing.parent_process()
    assert master is not None
    master.join()
    os._exit(1)


class Cluster:
    """The workers of a Dask scheduler."""

    def __init__(self, address: str, number: int = 0, do: Do = carry_out, timeout: float = 20.0) -> None:
        import dask
        from distributed import Client, KilledWorker, as_completed

        dask.config.set({"distributed.scheduler.allowed-failures": DEATHS - 1})
        try:
            make: Any = Client
            self._client: Any = make(address, timeout=timeout, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise UsageError(f"the scheduler at {address} has no workers", f"start some: dask worker {address}")
        self._killed: type[Exception] = KilledWorker
        self._do = do
        self.number = number or 2 * workers  # the next job is there when one is done
        completed: Any = as_completed
        self._done: Any = completed(loop=self._client.loop)
        self._orders: dict[str, Order] = {}
        self._given = 0
        self._suspects: list[Order] = []
        self._alone: set[str] = set()

    def give(self, order: Order) -> None:
        """Sends the job to the scheduler."""
        future = self._client.submit(self._do, encode(order), key=f"{order.batch}-{order.id}-{self._given}", pure=False)
        self._given += 1
        self._orders[future.key] = order
        self._done.add(future)

    def take(self) -> Iterator[bytes]:
        """Waits for an answer.

        Dask blames every job that a worker had when it died. So whoever is blamed is tried again when nothing else
        runs, one after the other: who kills a worker then, has done it alone.
        """
        future = next(self._done)
        order = self._orders.pop(future.key)
        if answer := self._answer(order, future):
            yield answer
        else:
            self._suspects.append(order)
        if not self._orders and self._suspects:
            suspect = self._suspects.pop()
            self._alone.add(suspect.id)
            self.give(suspect)

    def _answer(self, order: Order, future: Any) -> bytes:
        """What came of the job; nothing, where it was not alone when workers died.

        A job that is done may be called off again: its answer lies in a worker until it is asked for, and when that
        worker dies before, the scheduler has the job done anew. So `result` says how it ended, and not `status`.

        Raises:
            InfraError: the scheduler has gone. No other job would fare better.
        """
        try:
            answer: bytes = future.result()
        except self._killed:
            answer = encode(Answer(order.id, trouble=KILLED.format(count=DEATHS))) if order.id in self._alone else b""
        except CancelledError as error:  # nobody else calls a job off
            raise InfraError(GONE, "start it again: the same command goes on where it was") from error
        except Exception as error:  # whatever the job raised, or Dask about it
            answer = encode(Answer(order.id, trouble=f"{type(error).__name__}: {error}"))
        return answer

    def close(self) -> None:
        """Has the workers end their graders, and lets go of the scheduler."""
        with suppress(OSError, RuntimeError):  # the latter: the client has given a scheduler up that has gone
            self._client.run(forget)
        self._client.close()


def hands(jobs: int, cluster: str) -> Hands:
    """As the command line asks for."""
    return Cluster(cluster, jobs) if cluster else Local(jobs or 1)
