"""A log that many programs write to through a FIFO, and one reads.

Usage: fifo_log.py read PATH COMMAND…     make the FIFO, run the commands, print what is written to it
       fifo_log.py write PATH NAME        write each line of input to it, as "NAME: line"

Write it (README.md, Tasks, fifo_log.py):
    - read: os.mkfifo, every command by `sh -c`, all at once; print whole lines until all commands have ended,
    - writers come and go: end of file only says that there is none now. No command may open the FIFO at all,
    - the FIFO is gone afterwards, also after SIGTERM,
    - write: a line goes out at once, by a single write(2) of at most PIPE_BUF bytes.
"""

import sys


def main():
    """Nothing is here yet."""
    sys.exit("fifo_log.py: not written yet")


if __name__ == "__main__":
    main()
