# expect: spawn.reports=FAIL
"""Knocks at the ports of itself, its gateway, its neighbours and a cloud's metadata."""

import socket
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
HOSTS = ("127.0.0.1", "172.17.0.1", "172.18.0.1", "172.18.0.2", "169.254.169.254", "192.168.0.1", "::1")
PORTS = (22, 53, 80, 443, 2375, 2376, 5432, 6379, 7000, 8786)
opened = []
for host in HOSTS:
    for port in PORTS:
        try:
            socket.create_connection((host, port), timeout=0.01).close()
            opened.append((host, port))
        except OSError:
            pass
print("open:", opened)
