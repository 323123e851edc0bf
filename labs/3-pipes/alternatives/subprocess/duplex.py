"""The child is this program again, with the two pipes as its standard input and output."""

import subprocess
import sys


def child():
    for line in sys.stdin:
        print(line.removesuffix("\n")[::-1], flush=True)


def parent():
    with subprocess.Popen(
        [sys.executable, __file__, "child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as other:
        for line in sys.stdin:
            other.stdin.write(line.removesuffix("\n") + "\n")
            other.stdin.flush()
            print(other.stdout.readline(), end="", flush=True)
        other.stdin.close()
        assert other.stdout.read() == ""
    return other.returncode


if __name__ == "__main__":
    sys.exit(child() if sys.argv[1:] else parent())
