"""The parent waits by select for whatever is possible: to read input, to read answers, to write."""

import os
import select
import sys

SIZE = 65536


def child(incoming, outgoing):
    data = b""
    while part := os.read(incoming, SIZE):
        *lines, data = (data + part).split(b"\n")
        out = b"".join(line[::-1] + b"\n" for line in lines)
        while out:
            out = out[os.write(outgoing, out) :]


def start():
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(to_child)
        os.close(from_child)
        child(child_in, child_out)
        os._exit(0)
    os.close(child_in)
    os.close(child_out)
    return pid, to_child, from_child


def copy(to_child, from_child):
    """Input to the child and its answers to the output, until end of file from the child."""
    pending, last, reading = b"", b"\n", True
    os.set_blocking(to_child, False)
    while True:
        wanted = [0] if reading and not pending else []
        readable, writable, _ = select.select([from_child, *wanted], [to_child] if pending else [], [])
        if 0 in readable:
            part = os.read(0, SIZE)
            reading = bool(part)
            pending = part or (b"\n" if last != b"\n" else b"")  # the last line's newline may be missing
            last = part[-1:]
        if writable:
            pending = pending[os.write(to_child, pending) :]
        if not reading and not pending and to_child is not None:
            os.close(to_child)
            to_child = None
        if from_child in readable:
            answers = os.read(from_child, SIZE)
            if not answers:
                return
            while answers:
                answers = answers[os.write(1, answers) :]


def main():
    pid, to_child, from_child = start()
    copy(to_child, from_child)
    os.close(from_child)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
