"""A recording as it comes out of a container, and as it lies in out/NAME/raw: bytes of an untrusted peer."""

from proclab.recording import own, raw

__all__ = ["own", "raw"]
