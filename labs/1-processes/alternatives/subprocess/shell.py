"""The shell by subprocess."""

import contextlib
import os
import subprocess
import sys


def start(words):
    with contextlib.ExitStack() as files:
        streams = {}
        for mark, stream, mode in (("<", "stdin", "rb"), (">", "stdout", "wb")):
            while mark in words:
                place = words.index(mark)
                streams[stream] = files.enter_context(open(words[place + 1], mode))
                del words[place : place + 2]
        return execute(words, streams)


def execute(words, streams):
    try:
        code = subprocess.run(words, check=False, **streams).returncode
    except (FileNotFoundError, PermissionError) as error:
        print(error, file=sys.stderr)
        return 126 if isinstance(error, PermissionError) else 127
    return 128 - code if code < 0 else code


def command(words, status):
    if words[0] == "exit":
        raise SystemExit(int(words[1]) if words[1:] else status)
    try:
        if words[0] == "cd":
            os.chdir(words[1] if words[1:] else os.path.expanduser("~"))
            return 0
        return start(words)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


def main():
    status = 0
    while line := sys.stdin.readline():
        if not line.isspace():
            status = command([word if word != "$?" else f"{status}" for word in line.split()], status)
    raise SystemExit(status)


main()
