"""Every child closes every end; SIGCHLD's default, one wait for each child in whatever order they end."""

import os
import shlex
import signal
import sys


def child(words, number, pipes):
    if number > 0:
        os.dup2(pipes[number - 1][0], sys.stdin.fileno())
    if number < len(pipes):
        os.dup2(pipes[number][1], sys.stdout.fileno())
    for pipe in pipes:
        for end in pipe:
            os.close(end)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(words[0], words)
    except FileNotFoundError:
        os.write(2, b"not found: " + os.fsencode(words[0]) + b"\n")
        os._exit(127)
    except PermissionError:
        os._exit(126)


def main():
    commands = list(map(shlex.split, " ".join(sys.argv[1:]).split("|")))
    if any(not words for words in commands):
        sys.exit(2)
    pipes = [os.pipe() for _ in range(len(commands) - 1)]
    waiting = set()
    for number, words in enumerate(commands):
        pid = os.fork()
        if not pid:
            child(words, number, pipes)
        waiting.add(pid)
    last, result = pid, 0
    for read, write in pipes:
        os.close(read)
        os.close(write)
    while waiting:
        pid, status = os.waitpid(-1, 0)
        waiting.remove(pid)
        if pid == last:
            result = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    sys.exit(result)


if __name__ == "__main__":
    main()
