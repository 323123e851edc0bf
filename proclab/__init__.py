"""proclab: a lab bench for processes, threads, pipes, sockets and signals, in Python on Docker."""

__version__ = "0.1.0"
