# ruff: noqa: SIM115  (open files are what this is about)
"""What the library does while the student's code isn't in front: each call at the line that it is done for.

As in library.py, `#:` tells the calls of a line; `#: -` none.
"""

import asyncio
import atexit
import os
import signal
import socketserver
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

r, w = os.pipe()
os.set_blocking(r, True)  #: ioctl


def handler(number, frame):
    os.write(w, b"from the handler")  #: write


# A handler in the middle of a call that goes on (PEP 475): the rest is the call's.
signal.signal(signal.SIGALRM, handler)  #: rt_sigaction
signal.siginterrupt(signal.SIGALRM, True)  #: rt_sigaction
signal.setitimer(signal.ITIMER_REAL, 0.05)  #: setitimer
os.read(r, 99)  #: read
signal.signal(signal.SIGALRM, signal.SIG_DFL)  #: rt_sigaction


class Loud:
    """Reading this file calls back, in the middle of the call."""

    def __init__(self, fd):
        self.fd = fd

    def write(self, text):
        os.write(self.fd, text.encode())  #: write
        return len(text)

    def flush(self):
        pass


print("a", file=Loud(w))
sys.stderr.flush()
with open("/tmp/lines", "w+") as file:  #: openat close
    file.write("3\n1\n2\n")
    file.seek(0)  #: write
    lines = sorted(file, key=lambda line: os.write(w, line.encode()))  #: read write
    file.truncate()


class Server(socketserver.ThreadingTCPServer):
    """Its threads are joined by server_close()."""


class Handler(socketserver.BaseRequestHandler):
    """Answers."""

    def handle(self):
        self.request.sendall(b"hello")  #: sendto


class Client(threading.Thread):
    """Asks."""

    def run(self):
        import socket

        with socket.create_connection(server.server_address) as sock:  #: socket connect close
            sock.recv(9)  #: recvfrom


with Server(("127.0.0.1", 0), Handler) as server:  #: socket bind listen close
    client = Client()
    client.start()  #: clone
    server.handle_request()  #: poll accept4 clone
    client.join()


def either(call):
    call(os.dup(w))  #: fcntl close


for call in (lambda fd: os.close(fd), os.close):  #: close
    either(call)


def fails(fd):
    os.write(fd, b"x")  #: write
    raise ValueError


with ThreadPoolExecutor(1) as pool:
    first = pool.submit(fails, w)  #: clone
    first.exception()
    second = pool.submit(fails, w)
    second.exception()


async def main():
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    os.write(w, b"y")  #: write
    await asyncio.sleep(0.01)  #: epoll_wait


asyncio.run(main())
many = open("/tmp/many", "w+")  #: openat
many.write("0123456789\n" * 3000)  #: write
many.seek(0)
for line in many:  #: read
    if "x" in line:
        os.write(2, line.encode())  #: -
many.close()  #: close
atexit.register(os.write, w, b"z")
sys.stdout.write("written by the interpreter at its end")  #: -
os.write(w, b"last")  #: write
{}["no such key"]  #: -
