"""The same with subprocess: it makes the session, which is a group too, and waits with a limit."""

import contextlib
import os
import signal
import subprocess
import sys

process = None
early = []


def pass_on(signum, frame):
    if process is None:
        early.append(signum)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signum)


for forwarded in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(forwarded, pass_on)
try:
    process = subprocess.Popen(sys.argv[2:], start_new_session=True)
except FileNotFoundError:
    sys.exit(127)
except OSError:
    sys.exit(126)
for signum in early:
    pass_on(signum, None)
try:
    code = process.wait(float(sys.argv[1]))
except subprocess.TimeoutExpired:
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.3)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    sys.exit(124)
sys.exit(code if code >= 0 else 128 - code)
