"""TCP over loopback, a Unix socket, a datagram pair, a refused connection; each side in its own process."""

import os
import socket

try:
    socket.create_connection(("127.0.0.1", 1))
except ConnectionRefusedError:
    print("refused", flush=True)
for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, "/tmp/s")):
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen(5)
        pid = os.fork()
        if pid == 0:
            with socket.socket(family) as client:
                client.connect(listener.getsockname())
                client.sendall(b"question")
                client.shutdown(socket.SHUT_WR)
                print(client.recv(100), flush=True)
            os._exit(0)
        connection, peer = listener.accept()
        while data := connection.recv(100):
            connection.sendmsg([b"answer to ", data])
        connection.close()
        os.waitpid(pid, 0)
os.unlink("/tmp/s")
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("127.0.0.1", 0))
two.sendto(b"datagram", one.getsockname())
print(one.recvfrom(100)[0], flush=True)
