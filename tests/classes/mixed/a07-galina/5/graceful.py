"""The same without handlers: the main thread accepts the signals, another one does the work."""

import os
import signal
import sys
import threading
from pathlib import Path

SIGNALS = {signal.SIGHUP, signal.SIGTERM}
PID_FILE = Path("graceful.pid")


class Desk:
    """Guarded by `lock`: whether a note is in work, the mark, whether somebody has asked to leave."""

    def __init__(self):
        self.lock = threading.Lock()
        self.working = self.leaving = False
        self.load()

    def load(self):
        config = Path("graceful.conf")
        self.mark = config.read_text().splitlines()[0] if config.exists() else "-"


def leave():
    PID_FILE.unlink()
    print("bye", flush=True)
    os._exit(0)


def work(desk):
    for line in sys.stdin:
        name = line.strip()
        with desk.lock:
            desk.working = True
        print(f"begun {name}", flush=True)
        text = ""
        while (more := sys.stdin.readline()) != "\n":
            text += more
        Path(name).write_text(text)
        with desk.lock:
            print(f"done {name} {desk.mark}", flush=True)
            desk.working = False
            if desk.leaving:
                leave()
    with desk.lock:
        leave()


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    PID_FILE.write_text(f"{os.getpid()}\n")
    desk = Desk()
    print(f"ready {desk.mark}", flush=True)
    threading.Thread(target=work, args=(desk,), daemon=True).start()
    while True:
        signum = signal.sigwait(SIGNALS)
        with desk.lock:
            if signum == signal.SIGHUP:
                desk.load()
                print(f"config {desk.mark}", flush=True)
            elif desk.leaving:
                os._exit(143)
            elif desk.working:
                desk.leaving = True
                print("leaving", flush=True)
            else:
                leave()


main()
