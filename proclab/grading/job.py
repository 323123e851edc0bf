"""One job of grading: a submission in, a record out, both as bytes. The same here, in another process, on any machine.

A job is pure: it depends on nothing but its order and the checkout, and may be done twice. Its process keeps one
grader (pytest, containers made ahead) for all its jobs.
"""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack

import msgspec

from proclab import ROOT
from proclab.engine import Owner, owner_of
from proclab.errors import InfraError, UsageError
from proclab.grading.aside import Aside
from proclab.grading.course import course
from proclab.grading.grader import Graded, Grader
from proclab.grading.harness import harness
from proclab.grading.intake import Submission
from proclab.grading.record import Record, Refusal, Result


class Order(msgspec.Struct, frozen=True):
    """A submission to grade, and what must be the same where it is graded."""

    id: str
    name: str
    files: dict[str, bytes]
    refused: tuple[Refusal, ...]
    sha256: str
    labs: tuple[int, ...]
    kept: dict[str, Result]  # by key
    image: str
    harness: str
    batch: str  # label of all containers of this grading
    task: str = ""  # the only one of which the checks are wanted


class Answer(msgspec.Struct, frozen=True):
    """What came of it. `trouble`: why nothing did, our fault."""

    id: str
    record: Record | None = None
    beside: dict[str, Aside] = {}
    keys: dict[str, str] = {}
    trouble: str = ""


encode = msgspec.msgpack.encode
_lock = threading.Lock()  # a worker with several threads has one grader
_graders: dict[tuple[tuple[int, ...], str], Grader] = {}
_closing = ExitStack()
atexit.register(_closing.close)


def carry_out(order: bytes) -> bytes:
    """Grades the submission of an order; bytes of an Answer. Raises nothing."""
    wanted = msgspec.msgpack.decode(order, type=Order)
    with _lock:
        try:
            return encode(_answer(wanted))
        except (InfraError, UsageError) as error:
            forget()
            return encode(Answer(wanted.id, trouble=str(error)))
        except Exception as error:  # a mistake of ours that one submission has found costs no other one's grade
            forget()
            return encode(Answer(wanted.id, trouble=f"{type(error).__name__}: {error}"))


def forget() -> None:
    """Ends this process's grader, with its containers."""
    _graders.clear()
    _closing.close()


def _answer(wanted: Order) -> Answer:
    if wanted.harness != harness():
        raise UsageError(f"this machine has another proclab: {harness()}, not {wanted.harness}")
    grader = _grader(wanted)
    if wanted.image != grader.image:
        raise UsageError(
            f"this machine has another image: {grader.image}, not {wanted.image}", "run `make image` there"
        )
    submission = Submission(wanted.id, wanted.name, wanted.files, wanted.refused, wanted.sha256)
    checks = [check.name for check in grader.checks if check.task == wanted.task]
    graded: Graded = grader.grade(submission, wanted.kept, wanted=checks)
    return Answer(wanted.id, graded.record, graded.beside, graded.keys)


def _grader(wanted: Order) -> Grader:
    key = (wanted.labs, wanted.batch)
    if key not in _graders:
        forget()
        _graders[key] = _closing.enter_context(
            Grader(
                course(ROOT, wanted.labs),
                owner=Owner(owner_of(ROOT), wanted.batch),
                ahead=not wanted.task,
                first=wanted.task,
            )
        )
    return _graders[key]
