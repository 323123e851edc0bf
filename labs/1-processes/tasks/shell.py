"""A small shell: it reads commands from its standard input, line by line, and runs each as a child process.

Usage: shell.py

To do, and in full in the lab's README, section Tasks:
- Words are separated by blanks; the word `$?` is replaced by the status of the last command.
- `< FILE` and `> FILE` give the program another standard input and output.
- Fork, exec (along PATH), wait. Status: the exit status, 128 + n if signal n killed it, 127 if it can't be executed.
- `cd [FOLDER]` and `exit [STATUS]` are done by the shell itself.
- At the end of its input the shell exits with the status of the last command.
- A program gets descriptors 0, 1 and 2 from the shell, and no other.
"""

import sys


def run(words):
    """Run one command; returns its status."""
    print(f"shell.py: not written yet: {' '.join(words)}", file=sys.stderr)
    return 1


def main():
    """Read and run until the end of input; returns the exit status."""
    status = 0
    for line in sys.stdin:
        if words := line.split():
            status = run(words)
    return status


if __name__ == "__main__":
    sys.exit(main())
