"""All pipes first, then posix_spawn with file actions; from the last program to the first."""

import os
import shlex
import shutil
import signal
import sys


def launch(words, incoming, outgoing):
    if not shutil.which(words[0]):
        os.write(2, f"{words[0]}: command not found\n".encode())
        return None
    moves = [(os.POSIX_SPAWN_DUP2, fd, to) for fd, to in ((incoming, 0), (outgoing, 1)) if fd != to]
    return os.posix_spawnp(words[0], words, os.environ, file_actions=moves, setsigdef=[signal.SIGPIPE])


def main(text):
    commands = [shlex.split(command) for command in text.split("|")]
    if not all(commands):
        os.write(2, b"usage: pipeline.py 'a | b'\n")
        return 2
    pipes = [os.pipe() for _ in commands[1:]]
    ins = [0, *(read for read, _ in pipes)]
    outs = [*(write for _, write in pipes), 1]
    pids = [launch(*each) for each in reversed(list(zip(commands, ins, outs, strict=True)))]
    for pipe in pipes:
        for fd in pipe:
            os.close(fd)
    codes = {}
    for _ in filter(None, pids):
        pid, status = os.wait()
        codes[pid] = os.waitstatus_to_exitcode(status)
    code = codes.get(pids[0], 127)
    return 128 + -code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
