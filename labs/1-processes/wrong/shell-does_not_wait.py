# fault: a command is started before the one before has ended | check: shell.last_status | verdict: FAIL
"""A small shell: it reads commands from its standard input, line by line, and runs each as a child process.

Usage: shell.py        `< FILE`, `> FILE`, `$?`, `cd [FOLDER]`, `exit [STATUS]`; end of input ends it
"""

import os
import signal
import sys


def complain(what, why):
    """A message goes to stderr: stdout belongs to the programs."""
    print(f"shell.py: {what}: {why}", file=sys.stderr, flush=True)


def parse(words):
    """The words of a line → the program's arguments, and the files for its input and output (None: the shell's own)."""
    argv, files = [], {"<": None, ">": None}
    rest = iter(words)
    for word in rest:
        if word in files:
            files[word] = next(rest, None)
            if files[word] is None:
                raise ValueError(f"no file after {word}")
        else:
            argv.append(word)
    if not argv:
        raise ValueError("no command")
    return argv, files["<"], files[">"]


def become(argv, source, target):
    """Put the files in place of the standard ones and become the program. Never returns."""
    code = 1
    try:
        if source is not None:  # dup2's copy survives exec; what open returns is closed by it (close-on-exec)
            os.dup2(os.open(source, os.O_RDONLY), 0)
        if target is not None:
            os.dup2(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would pass that on
        code = 127
        os.execvp(argv[0], argv)
    except OSError as error:
        complain(argv[0] if code == 127 else error.filename, error.strerror)
    finally:
        os._exit(code)


running = []


def run(argv, source, target):
    """Fork, exec, wait; returns the status as shells count it."""
    try:
        pid = os.fork()
    except OSError as error:
        complain("fork failed", error.strerror)
        return 1
    if pid == 0:
        become(argv, source, target)
    running.append(pid)
    return 0


def change_folder(folder):
    """`cd`: in the shell itself, for a child's working directory is its own."""
    try:
        os.chdir(folder)
    except OSError as error:
        complain(f"cd: {folder}", error.strerror)
        return 1
    return 0


def obey(words, status):
    """Run one line; returns the new status. `exit` ends the shell."""
    words = [str(status) if word == "$?" else word for word in words]
    if words[0] == "exit":
        sys.exit(int(words[1]) if len(words) > 1 else status)
    if words[0] == "cd":
        return change_folder(words[1] if len(words) > 1 else os.environ.get("HOME", "/"))
    return run(*parse(words))


def main():
    """Read and run until the end of input; returns the exit status."""
    status = 0
    for line in sys.stdin:
        if words := line.split():
            try:
                status = obey(words, status)
            except ValueError as error:
                complain(line.strip(), error)
                status = 2
    for pid in running:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
