"""By subprocess, which closes descriptors and restores SIGPIPE by itself."""

import shlex
import subprocess
import sys


def start(commands):
    """One entry for each command: its Popen, or None where there is no such program."""
    running, incoming = [], None
    for number, command in enumerate(commands, 1):
        outgoing = subprocess.PIPE if number < len(commands) else None
        try:
            program = subprocess.Popen(command, stdin=incoming, stdout=outgoing)
        except FileNotFoundError as error:
            print(f"{error.filename}: not found", file=sys.stderr)
            program = None
        if hasattr(incoming, "close"):
            incoming.close()
        incoming = subprocess.DEVNULL if program is None else program.stdout
        running.append(program)
    return running


def main():
    commands = [shlex.split(command) for command in sys.argv[1].split("|")]
    if [] in commands:
        print("empty command", file=sys.stderr)
        return 2
    running = start(commands)
    for program in running:
        if program:
            program.wait()
    last = running[-1]
    if last is None:
        return 127
    return last.returncode if last.returncode >= 0 else 128 - last.returncode


if __name__ == "__main__":
    sys.exit(main())
