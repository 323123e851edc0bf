# fault: one pair of sockets, which goes both ways, in place of two pipes | check: duplex.answers | verdict: FAIL
"""A question and its answer, over two pipes: a child sends every line back with its letters backwards.

Usage: duplex.py < QUESTIONS
"""

import os
import socket
import sys


def send(pipe, message):
    """A message is a line: it goes out now, not when a buffer is full."""
    pipe.write(message + b"\n")
    pipe.flush()


def answer(questions, answers):
    """The child: answers until nobody is left who could ask."""
    for question in questions:
        send(answers, question.rstrip(b"\n")[::-1])


def ask(lines, questions, answers):
    """The parent: prints the answer to a question before it asks the next."""
    for line in lines:
        send(questions, line.rstrip(b"\n"))
        sys.stdout.buffer.write(answers.readline())
        sys.stdout.flush()


def main():
    """Two pipes, two processes; each process closes the two ends that are the other's."""
    ours, theirs = (end.detach() for end in socket.socketpair())
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        with open(theirs, "rb") as questions, open(theirs, "wb", closefd=False) as answers:
            answer(questions, answers)
        os._exit(0)
    os.close(theirs)
    with open(ours, "wb", closefd=False) as questions, open(ours, "rb") as answers:
        ask(sys.stdin.buffer, questions, answers)
        socket.socket(fileno=os.dup(ours)).shutdown(socket.SHUT_WR)  # the child sees end of file, and ends
        answers.read()  # end of file here too: the child has closed its end
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
