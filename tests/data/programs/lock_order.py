"""Two threads take two locks in opposite orders, one of them with a timeout: it gives up, and that was no deadlock."""

from threading import Barrier, Lock, Thread

left, right = Lock(), Lock()
both_have_one = Barrier(2)


def patient():
    with left:
        both_have_one.wait()
        with right:
            pass


def impatient():
    with right:
        both_have_one.wait()
        assert not left.acquire(timeout=0.3)


threads = [Thread(target=patient), Thread(target=impatient)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
