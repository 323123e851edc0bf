"""Everything that can go wrong on our side of the bench, as one tree.

What a student's program does is never an exception: it is an `Outcome`.

    ProclabError
    ├── UsageError          asked for something that does not exist; exit status 2
    │   └── ComposeError    compose.yaml says something we cannot carry out faithfully
    └── InfraError          the engine, the image or the machine failed; retried, reported, never scored
        ├── EngineDown      no daemon, no permission, no answer within the deadline
        ├── ImageMissing    the image is not there
        ├── NoAddressPool   the engine has no subnet left for one more network
        ├── Gone            what was asked about is not there (any more), or is going
        └── ProtocolError   the other end of a stream broke its format
"""

from __future__ import annotations


class ProclabError(Exception):
    """What happened, to what, and (when we know it) what to do next."""

    exit_status = 2

    def __init__(self, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}" if self.fix else self.message


class UsageError(ProclabError):
    """The caller asked for something that does not exist or makes no sense."""


class ComposeError(UsageError):
    """compose.yaml says something that this driver would have to drop or guess."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class InfraError(ProclabError):
    """Our fault or the machine's, never the student's."""


class EngineDown(InfraError):
    """The daemon cannot be reached, refuses us, or did not answer before our own deadline."""


class ImageMissing(InfraError):
    """The engine has no such image."""

    def __init__(self, image: str) -> None:
        super().__init__(f"image {image} is not there", "run `make image` (or `make load FILE=…` without a network)")
        self.image = image


class NoAddressPool(InfraError):
    """Docker hands out about 31 bridge subnets by default; all are taken."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"the engine has no free subnet for another network ({detail})",
            "run `make wipe`, then `docker network ls` and `docker network rm` what is unused, or give the"
            ' daemon more room with "default-address-pools" in daemon.json',
        )


class ProtocolError(InfraError):
    """Bytes arrived that the stream's format does not allow."""


class Gone(InfraError):
    """The container or network is not there, not running any more, or just being removed."""


def missing(what: str, answer: str) -> InfraError:
    """The engine answered 404."""
    if "No such image" in answer:
        return ImageMissing(answer.partition("image: ")[2] or answer)
    return Gone(f"{what}: {answer}")


def refused(what: str, answer: str) -> InfraError:
    """The engine answered with another error."""
    text = answer.lower()
    if "is not running" in text or "already in progress" in text:
        return Gone(f"{what}: {answer}")
    if "address pool" in text:
        return NoAddressPool(what)
    if "no space left" in text:
        return InfraError(f"the disk is full ({what})", "`docker system df` says what fills it")
    return InfraError(f"the engine refused ({what}): {answer}")


def unreachable(what: str, reason: str) -> EngineDown:
    """There was no answer."""
    if "Permission denied" in reason:
        fix = "add yourself to the group docker and log in again"
        return EngineDown(f"no permission on the Docker socket ({what})", fix)
    return EngineDown(f"the Docker daemon is not there ({what}): {reason}", "start it, or set DOCKER_HOST")
