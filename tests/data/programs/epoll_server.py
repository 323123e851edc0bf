"""An echo server on one thread, by epoll(7): a listening socket and its connections, two clients, one at a time."""

import os
import selectors
import socket

WORDS = (b"one", b"two")


def clients(address):
    for word in WORDS:
        with socket.create_connection(address) as connection:
            connection.sendall(word)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(9) == word
            assert connection.recv(9) == b""


def serve(listener):
    over = 0
    with selectors.EpollSelector() as waiting:
        waiting.register(listener, selectors.EVENT_READ)
        while over < len(WORDS):
            for key, _ in waiting.select():
                if key.fileobj is listener:
                    waiting.register(listener.accept()[0], selectors.EVENT_READ)
                elif data := key.fileobj.recv(99):
                    key.fileobj.sendall(data)
                else:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
                    over += 1


listener = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child == 0:
    address = listener.getsockname()
    listener.close()
    clients(address)
    os._exit(0)
with listener:
    serve(listener)
os.waitpid(child, 0)
