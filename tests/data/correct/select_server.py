"""One process serves three others with select, until the last has gone; it learns of their ends by SIGCHLD."""

import os
import select
import signal
import socket

ended = []


def reap(number, frame):
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        ended.append(status)


signal.signal(signal.SIGCHLD, reap)
server = socket.create_server(("127.0.0.1", 0))
for number in range(3):
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server_name = server.getsockname()
        server.close()
        with socket.create_connection(server_name) as client:
            client.send(bytes([65 + number]))
            assert client.recv(1) == bytes([65 + number])
        os._exit(0)
open_ones = [server]
while len(ended) < 3 or len(open_ones) > 1:
    for ready in select.select(open_ones, [], [], 0.01)[0]:
        if ready is server:
            open_ones.append(server.accept()[0])
        elif data := ready.recv(9):
            ready.send(data)
        else:
            ready.close()
            open_ones.remove(ready)
server.close()
assert ended == [0, 0, 0]
