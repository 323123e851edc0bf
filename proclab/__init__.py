"""proclab: a lab bench for processes, threads, pipes, sockets and signals, in Python on Docker."""

from pathlib import Path

__version__ = "0.1.0"

ROOT = Path(__file__).resolve().parent.parent  # the checkout: labs/, docker/ and compose.yaml lie beside the package
