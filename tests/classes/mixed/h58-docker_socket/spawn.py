# expect: spawn.reports=FAIL
"""Looks for the engine, by its socket and by abstract names."""

import socket

reached = []
NAMES = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock")
for name in (*NAMES, "\0containerd-shim/moby", "\0/tmp/.X11-unix/X0"):
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(name)
            asking.sendall(b"GET /containers/json HTTP/1.0\r\n\r\n")
            reached.append((name, asking.recv(99)))
        except OSError:
            pass
print("reached:", reached)
