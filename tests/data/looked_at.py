"""Holds one of everything that a look shows, until a line comes: both ends of each kind, a zombie, waits, a signal."""

import os
import signal
import socket
import threading

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.signal(signal.SIGCHLD, lambda number, frame: None)
os.kill(os.getpid(), signal.SIGUSR1)

os.mkfifo("/work/f")
reader = os.open("/work/f", os.O_RDONLY | os.O_NONBLOCK)
writer = os.open("/work/f", os.O_WRONLY)
a, b = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 5000))
client = socket.create_connection(("127.0.0.1", 5000))
server, _ = listener.accept()


def child(task):
    pid = os.fork()
    if pid == 0:
        task()
        os._exit(0)
    return pid


def wait_for_a_child():
    os.waitpid(child(lambda: os.read(reading, 1)), 0)


reading, writing = os.pipe()
ended = child(lambda: None)
os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
waiting = child(wait_for_a_child)

lock = threading.Lock()
lock.acquire()
started = threading.Barrier(3)
for _ in range(2):
    threading.Thread(target=lambda: (started.wait(), lock.acquire()), daemon=True).start()
started.wait()

print("ready", flush=True)
input()
os.write(writing, b"xx")
os.waitpid(waiting, 0)
os.waitpid(ended, 0)
os._exit(0)
