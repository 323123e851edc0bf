"""Two one-way Connections, which send a length before each message."""

import contextlib
import multiprocessing
import sys


def answer(questions, answers, *others):
    for other in others:
        other.close()
    with contextlib.suppress(EOFError):
        while True:
            answers.send_bytes(questions.recv_bytes()[::-1])


def main():
    fork = multiprocessing.get_context("fork")
    child_in, to_child = fork.Pipe(duplex=False)
    from_child, child_out = fork.Pipe(duplex=False)
    child = fork.Process(target=answer, args=(child_in, child_out, to_child, from_child))
    child.start()
    child_in.close()
    child_out.close()
    for line in sys.stdin:
        to_child.send_bytes(line.removesuffix("\n").encode())
        print(from_child.recv_bytes().decode(), flush=True)
    to_child.close()
    try:
        from_child.recv_bytes()
    except EOFError:
        from_child.close()
    child.join()
    sys.exit(child.exitcode)


if __name__ == "__main__":
    main()
