"""Programs joined by pipes, as a shell does it.

Usage: pipeline.py "COMMAND | COMMAND …"
"""

import os
import shlex
import signal
import sys


def become(words, incoming, outgoing):
    """The child: the two ends become standard input and output; exec closes all that is not inheritable."""
    os.dup2(incoming, 0)
    os.dup2(outgoing, 1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and what is ignored stays so across exec
    status = 126
    try:
        os.execvp(words[0], words)
    except OSError as error:
        print(f"pipeline.py: {words[0]}: {error.strerror}", file=sys.stderr, flush=True)
        status = 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        os._exit(status)


def start(commands):
    """All of them at once; of each pipe this process keeps the end that it has to pass on, and no longer than that."""
    pids, incoming = [], os.dup(0)
    for number, words in enumerate(commands, 1):
        following, outgoing = os.pipe() if number < len(commands) else (None, os.dup(1))
        pid = os.fork()
        if pid == 0:
            become(words, incoming, outgoing)
        pids.append(pid)
        os.close(incoming)
        os.close(outgoing)
        incoming = following
    return pids


def status_of(pid):
    """As a shell has it in $?: a signal counts from 128."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return 128 - code if code < 0 else code


def main(text):
    """Start all, wait for all; the last one's status is the pipeline's."""
    commands = [shlex.split(part) for part in text.split("|")]
    if not all(commands):
        sys.exit(print("pipeline.py: a command is missing", file=sys.stderr) or 2)
    sys.exit([status_of(pid) for pid in start(commands)][-1])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(print('usage: pipeline.py "COMMAND | COMMAND …"', file=sys.stderr) or 2)
    main(sys.argv[1])
