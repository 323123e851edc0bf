"""A pipeline in a group of its own, stopped, continued and ended as a shell's job is."""

import os
import signal
import subprocess

job = subprocess.Popen(["sh", "-c", "cat | cat; true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
job.stdin.write(b"hello\n")
job.stdin.flush()
assert job.stdout.readline() == b"hello\n"
os.killpg(job.pid, signal.SIGSTOP)
os.waitid(os.P_PID, job.pid, os.WSTOPPED | os.WEXITED)
os.killpg(job.pid, signal.SIGCONT)
os.killpg(job.pid, signal.SIGTERM)
assert job.wait() == -signal.SIGTERM
assert job.stdout.read() == b""
