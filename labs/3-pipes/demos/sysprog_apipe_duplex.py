"""Two anonymous pipes, one for each direction: a conversation between parent and child.

A pipe holds so many bytes and no more, its capacity (pipe(7)); a write(2) that does not fit blocks until the other
side reads. If both sides speak first and listen afterwards, and neither message fits, both block for ever.

Usage: sysprog_apipe_duplex.py [turns|naive]
    turns  the child listens, then answers: each line of input is a question, "big" is a question of twice the
           pipe's capacity (default); q or end of input ends
    naive  both speak first, with a big message: deadlock, until q or end of input ends the child
"""

import contextlib
import fcntl
import itertools
import os
import signal
import sys
import threading


def say(who, text):
    """Print an event."""
    print(f"{who}: pid={os.getpid()} {text}", flush=True)


def lines_up_to_q():
    """The lines of input, without the q."""
    return itertools.takewhile(lambda line: line.strip() != "q", sys.stdin)


def big(fd):
    """A message of twice the pipe's capacity."""
    return "x" * (2 * fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) - 1) + "\n"


def speak(who, outgoing, message):
    """Write the message, no more than a pipeful at a time, to see how far it gets."""
    data, capacity = message.encode(), fcntl.fcntl(outgoing, fcntl.F_GETPIPE_SZ)
    say(who, f"writes {len(data)} bytes: {message[:12].strip()!r}")
    while len(data) > capacity:
        data = data[os.write(outgoing, data[:capacity]) :]
        say(who, f"has {len(data)} bytes to go, the pipe holds {capacity}")
    os.write(outgoing, data)


def listen(who, incoming):
    """Read a line; an empty one, without even a newline, is the end of file."""
    message = incoming.readline()
    say(who, f"read {len(message.encode())} bytes: {message[:12].strip()!r}" if message else "end of file")
    return message


def child(incoming, outgoing, mode):
    """Answer every question with its letters backwards. The naive child speaks before it listens."""
    if mode == "naive":
        speak("child", outgoing, big(outgoing))
    while question := listen("child", incoming):
        speak("child", outgoing, question.strip()[::-1] + "\n")


def parent(incoming, outgoing, lines):
    """Ask, and listen to the answer before the next question."""
    for line in lines:
        speak("parent", outgoing, big(outgoing) if line.strip() == "big" else line.strip() + "\n")
        listen("parent", incoming)


def end_at_q(pid):
    """A thread of the naive parent, for its main thread is about to be stuck in write(2)."""
    for _ in lines_up_to_q():
        pass
    say("parent", f"ends child={pid}")
    os.kill(pid, signal.SIGTERM)


def main(mode):
    """Two pipes, two processes; each process closes the two ends that are the other's."""
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        for number in (signal.SIGINT, signal.SIGPIPE):  # ^C, or nobody left to read: simply end
            signal.signal(number, signal.SIG_DFL)
        os.close(to_child)
        os.close(from_child)
        with open(child_in) as incoming:
            child(incoming, child_out, mode)
        os._exit(0)
    os.close(child_in)
    os.close(child_out)
    say("parent", f"child={pid} write end fd={to_child} read end fd={from_child}; q: end")
    if mode == "naive":
        threading.Thread(target=end_at_q, args=[pid], daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt), open(from_child) as incoming:
        try:
            parent(incoming, to_child, ["big"] if mode == "naive" else lines_up_to_q())
        except BrokenPipeError as error:  # EPIPE: the last read end is closed, nobody can ever read this (pipe(7))
            say("parent", f"cannot write: {error}")
    os.close(to_child)  # the child sees end of file
    _, status = os.waitpid(pid, 0)
    say("parent", f"child={pid} exit code={os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "turns"
    if mode not in ("turns", "naive"):
        sys.exit(print("usage: sysprog_apipe_duplex.py [turns|naive]", file=sys.stderr) or 2)
    with contextlib.suppress(KeyboardInterrupt):
        main(mode)
