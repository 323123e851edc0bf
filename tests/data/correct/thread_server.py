"""socketserver with a thread for each of twelve clients, all connected at once."""

import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    """Answers line by line."""

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    clients = [socket.create_connection(server.server_address) for _ in range(12)]
    for client in clients:
        client.send(b"x\n")
    assert [client.recv(9) for client in clients] == 12 * [b"x\n"]
    for client in clients:
        client.close()
    server.shutdown()
    thread.join()
