"""A child stops itself; the parent sees that and has it go on."""

import os
import signal

read, write = os.pipe()
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
    os.read(read, 1)
    os._exit(0)
_, status = os.waitpid(child, os.WUNTRACED)
assert os.WIFSTOPPED(status)
os.kill(child, signal.SIGCONT)
_, status = os.waitpid(child, os.WCONTINUED)
assert os.WIFCONTINUED(status)
os.write(write, b".")
os.waitpid(child, 0)
