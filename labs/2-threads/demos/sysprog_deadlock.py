"""Two threads take the same two locks: in opposite order they deadlock, in the same order they can't.

In mode `opposite` each thread has its first lock before either asks for its second: then each waits for what
the other holds, for ever. Main is the watchdog: it finds the cycle, shows it and ends the process.

Usage: sysprog_deadlock.py [opposite|same]        opposite: Enter, q or end of input ends the deadlock.
"""

import signal
import sys
from contextlib import suppress
from threading import Barrier, Lock, Thread, current_thread, get_native_id

locks = {"A": Lock(), "B": Lock()}
wants = {}  # thread name -> the lock that it is asking for
holder = {}  # lock -> the name of the thread that took it last


def take(lock):
    """Acquire the lock and keep the two tables true."""
    me = current_thread().name
    wants[me] = lock
    locks[lock].acquire()
    del wants[me]
    holder[lock] = me
    print(f"{me}: tid={get_native_id()} holds {lock}", flush=True)


def work(first, second, first_taken):
    """Take two locks, one after the other."""
    take(first)
    first_taken.wait()
    take(second)
    locks[second].release()
    locks[first].release()


def state(thread):
    """The thread's state as the kernel has it (proc_pid_stat(5): pid, name in brackets, state)."""
    with open(f"/proc/self/task/{thread.native_id}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def stuck(thread):
    """Whether it sleeps over a lock whose holder wants a lock that it holds itself: a cycle of waits."""
    other = holder.get(wants.get(thread.name))
    return other is not None and holder.get(wants.get(other)) == thread.name and state(thread) == "S"


def end(threads):
    """Show both waits, then end the process. No thread can be made to give up a lock from outside."""
    for thread in threads:
        lock, look = wants[thread.name], f"tid={thread.native_id} state={state(thread)}"
        print(f"main: {thread.name} {look} waits for {lock}, held by {holder[lock]}", flush=True)
    print("main: deadlock; Enter: end the process", flush=True)
    sys.stdin.readline()
    sys.exit("main: ends the process, both threads and all locks with it")  # exit code 1


def main(second_order):
    """Start both threads, and watch them until they have ended or never will."""
    # They meet when each has its first lock. When that is the same one, there is nobody to meet.
    first_taken = Barrier(1 if second_order == "AB" else 2)
    threads = [  # daemons: for any other thread the interpreter would wait at its end
        Thread(name=f"thread {n}", target=work, args=(*order, first_taken), daemon=True)
        for n, order in enumerate(["AB", second_order], start=1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=0.1)
            if all(stuck(t) for t in threads):
                end(threads)
    print("main: both threads have ended", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["opposite"], ["same"]):
        print("usage: sysprog_deadlock.py [opposite|same]", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a thread that died printing would be waited for, for ever
    with suppress(KeyboardInterrupt):
        main(second_order="AB" if sys.argv[1:] == ["same"] else "BA")
