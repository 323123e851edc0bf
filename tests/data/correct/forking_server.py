"""socketserver with a process for each request; its children are reaped by its own handling of SIGCHLD's kin."""

import os
import socket
import socketserver


class Handler(socketserver.StreamRequestHandler):
    """Tells who answers."""

    def handle(self):
        self.wfile.write(str(os.getpid()).encode() + self.rfile.readline())


with socketserver.ForkingTCPServer(("127.0.0.1", 0), Handler) as server:
    for _ in range(3):
        client = socket.create_connection(server.server_address)
        client.send(b" hello\n")
        server.handle_request()
        assert client.makefile().read().endswith(" hello\n")
        client.close()
