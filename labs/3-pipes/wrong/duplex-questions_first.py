# fault: all questions are asked before the first answer is read | check: duplex.many | verdict: DEADLOCK
"""A question and its answer, over two pipes: a child sends every line back with its letters backwards.

Usage: duplex.py < QUESTIONS
"""

import os
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
    """The parent: asks everything, then prints the answers."""
    lines = list(lines)
    for line in lines:
        send(questions, line.rstrip(b"\n"))
    for _ in lines:
        sys.stdout.buffer.write(answers.readline())
        sys.stdout.flush()


def main():
    """Two pipes, two processes; each process closes the two ends that are the other's."""
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(to_child)
        os.close(from_child)
        with open(child_in, "rb") as questions, open(child_out, "wb") as answers:
            answer(questions, answers)
        os._exit(0)
    os.close(child_in)
    os.close(child_out)
    with open(to_child, "wb") as questions, open(from_child, "rb") as answers:
        ask(sys.stdin.buffer, questions, answers)
        questions.close()  # the child sees end of file, and ends
        answers.read()  # end of file here too: the child has closed its end
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
