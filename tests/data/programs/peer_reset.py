"""A peer that closes with bytes unread: the other side gets ECONNRESET, then EPIPE."""

import os
import socket

listener = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child == 0:
    client = socket.create_connection(listener.getsockname())
    listener.close()
    client.sendall(b"not wanted")
    for call in (lambda: client.recv(1), lambda: client.send(b"more")):
        try:
            call()
        except OSError as error:
            print(error.strerror)
    client.close()
    os._exit(0)
connection, _ = listener.accept()
connection.recv(3)
connection.close()
os.waitpid(child, 0)
listener.close()
