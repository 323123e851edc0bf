"""Children by fork; SIGCHLD, taken by sigwait, tells that some have ended. All that it may stand for are reaped."""

import os
import signal
import sys

count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
command = sys.argv[2:]
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
children = set()
failed = False
for number in range(1, count + 1):
    try:
        pid = os.fork()
    except OSError as error:
        os.write(2, f"fork: {error}\n".encode())
        failed = True
        break
    if pid == 0:
        if not command:
            os._exit(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        try:
            os.execvp(command[0], [*command, str(number)])
        except OSError as error:
            os.write(2, f"exec: {error}\n".encode())
        os._exit(127)
    children.add(pid)
while children:
    signal.sigwait([signal.SIGCHLD])
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            break
        children.remove(pid)
        answer = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        os.write(1, f"{pid} {answer}\n".encode())
sys.exit(1 if failed else 0)
