# expect: spawn.reports=FAIL
"""Leaves a survivor that listens on an abstract socket and on a port."""

import os
import socket
import sys

waiting = socket.socket(socket.AF_UNIX)
try:
    waiting.bind("\0proclab-h")
    waiting.listen()
    port = socket.create_server(("127.0.0.1", 7000))
except OSError:
    print("somebody before me was here")
    sys.exit(5)
if os.fork() == 0:
    os.setsid()
    waiting.accept()
os._exit(0)
