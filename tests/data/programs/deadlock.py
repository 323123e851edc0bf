"""Two threads take two locks in opposite orders and wait for ever; main gives up waiting for them and ends."""

from threading import Barrier, Lock, Thread

left, right = Lock(), Lock()
both_have_one = Barrier(2)


def take(first, second):
    with first:
        both_have_one.wait()
        with second:
            pass


threads = [Thread(target=take, args=pair, daemon=True) for pair in ((left, right), (right, left))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(timeout=0.3)
