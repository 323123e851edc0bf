"""Thread(target=..., args=...), and what a thread's exception does to the process: nothing.

One thread returns, one raises, one calls sys.exit. Python prints the traceback of the second, but the process
goes on, join() returns as ever and the exit code is 0. In mode `hook` the program takes note of such ends
itself (threading.excepthook) and draws the consequence.

Usage: sysprog_thread_target.py [nohook|hook]
"""

import sys
import threading
from contextlib import suppress

failed = []


def divide(dividend, divisor):
    """The target: an ordinary function, called in the new thread."""
    name = threading.current_thread().name
    print(f"{name}: {dividend} / {divisor} = {dividend / divisor}", flush=True)


def note(end):
    """A threading.excepthook; it runs in the thread that is ending. sys.exit is an exception, too."""
    failed.append(end.thread.name)
    print(f"hook: {end.thread.name} ended by {end.exc_type.__name__}: {end.exc_value}", flush=True)


def main():
    """Run the three threads one after the other, so that their output comes in this order."""
    threads = [
        threading.Thread(name="returner", target=divide, args=(6, 3)),
        threading.Thread(name="raiser", target=divide, kwargs={"dividend": 6, "divisor": 0}),
        threading.Thread(name="exiter", target=sys.exit, args=(3,)),
    ]
    for thread in threads:
        thread.start()
        thread.join()  # tells that the thread has ended, not how
        print(f"main: joined {thread.name}, alive={thread.is_alive()}", flush=True)
    print(f"main: ends, failed={failed}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["nohook"], ["hook"]):
        print("usage: sysprog_thread_target.py [nohook|hook]", file=sys.stderr)
        sys.exit(2)
    if sys.argv[1:] == ["hook"]:
        threading.excepthook = note
    with suppress(KeyboardInterrupt):
        sys.exit(main())
