"""A client comes too early, is refused, and tries again when the server listens."""

import os
import socket

server = socket.socket()
server.bind(("127.0.0.1", 0))
tried, listens = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    address = server.getsockname()
    server.close()
    try:
        socket.create_connection(address)
    except ConnectionRefusedError:
        os.write(tried[1], b".")
    os.read(listens[0], 1)
    socket.create_connection(address).close()
    os._exit(0)
os.read(tried[0], 1)
server.listen()
os.write(listens[1], b".")
connection, _ = server.accept()
assert connection.recv(1) == b""
connection.close()
server.close()
os.waitpid(child, 0)
