"""An epoll server that keeps a dozen idle clients; all are closed at the end by its own end."""

import os
import select
import socket

server = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child == 0:
    address = server.getsockname()
    server.close()
    clients = [socket.create_connection(address) for _ in range(12)]
    clients[0].send(b"!")
    assert clients[0].recv(1) == b"!"
    os._exit(0)
epoll = select.epoll()
epoll.register(server, select.EPOLLIN)
clients = {}
while True:
    fd, _ = epoll.poll()[0]
    if fd == server.fileno():
        client, _ = server.accept()
        clients[client.fileno()] = client
        epoll.register(client, select.EPOLLIN)
    elif data := clients[fd].recv(1):
        clients[fd].send(data)
        break
os.waitpid(child, 0)
os._exit(0)
