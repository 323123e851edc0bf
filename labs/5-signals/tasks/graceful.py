"""Task graceful: a service that files notes, and leaves politely. The handout says exactly what it prints.

graceful.py                 notes come on standard input: a name, lines of text, an empty line

What is to do:
- HUP reads graceful.conf again, at once, also while a note is in work or while the program waits for a line;
- TERM: the note in work is finished first, then the program cleans up and leaves with status 0. Where no note is in
  work, it leaves at once, and not only when the next line comes;
- a second TERM is an order: leave at once, with status 143.

What is here so far does the work, and knows nothing of signals.
"""

import os
import sys

PID_FILE, CONFIG = "graceful.pid", "graceful.conf"


def read_mark():
    """The mark is the first line of the configuration, or - where there is none."""
    try:
        with open(CONFIG) as file:
            return file.readline().strip()
    except FileNotFoundError:
        return "-"


def main():
    mark = read_mark()
    with open(PID_FILE, "w") as file:
        file.write(f"{os.getpid()}\n")
    print("ready", mark, flush=True)
    for line in sys.stdin:
        name = line.strip()
        print("begun", name, flush=True)
        text = list(iter(sys.stdin.readline, "\n"))
        with open(name, "w") as file:
            file.writelines(text)
        print("done", name, mark, flush=True)
    os.unlink(PID_FILE)
    print("bye", flush=True)


if __name__ == "__main__":
    main()
