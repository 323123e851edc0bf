# expect: spawn.reports=FAIL
"""Asks for names: outside, the host, other containers."""

import socket
import sys

if sys.argv[1:] != ["4"]:  # in one run; a grader should not wait for it in each
    sys.exit(1)
known = []
for name in ("example.org", "host.docker.internal", "gateway.docker.internal", "server", "client", "grading", "registry"):
    try:
        known.append((name, socket.getaddrinfo(name, 80)[0][4]))
    except OSError:
        pass
print("known:", known)
