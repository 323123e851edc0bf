"""main ends while a daemon thread still waits: the thread ends wherever it is."""

import os
from threading import Event, Thread

read, write = os.pipe()
runs = Event()


def wait_for_ever():
    runs.set()
    os.read(read, 1)


Thread(target=wait_for_ever, daemon=True).start()
runs.wait()
