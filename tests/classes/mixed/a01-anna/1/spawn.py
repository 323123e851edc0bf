"""Children by multiprocessing; when all are there, a thread for each of them joins it.

Their sentinels would not do: exec closes the pipes that these hang on.
"""

import multiprocessing
import os
import sys
import threading


def work(number, command, source):
    os.dup2(source, 0)  # multiprocessing has put /dev/null there
    if not command:
        sys.exit(number)
    try:
        os.execvp(command[0], [*command, str(number)])
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error}\n")
        sys.exit(127)


def report(process):
    process.join()
    code = process.exitcode
    print(f"{process.pid} {code if code >= 0 else 128 + abs(code)}", flush=True)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    context = multiprocessing.get_context("fork")
    source = os.dup(0)
    waiters = []
    for number in range(1, count + 1):
        process = context.Process(target=work, args=(number, sys.argv[2:], source))
        try:
            process.start()
        except OSError as error:
            sys.stderr.write(f"child {number}: {error}\n")
            break
        waiters.append(threading.Thread(target=report, args=(process,)))
    for waiter in waiters:
        waiter.start()
    for waiter in waiters:
        waiter.join()
    return 0 if len(waiters) == count else 1


if __name__ == "__main__":
    sys.exit(main())
