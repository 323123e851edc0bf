"""Children by subprocess, a thread for each that waits for it."""

import subprocess
import sys
import threading

speaking = threading.Lock()


def wait_for(child):
    code = child.wait()
    with speaking:
        sys.stdout.write(f"{child.pid} {128 - code if code < 0 else code}\n")
        sys.stdout.flush()


def main(arguments):
    count, command = int(arguments[0]) if arguments else 3, arguments[1:]
    waiters, failed = [], False
    for number in map(str, range(1, count + 1)):
        try:
            child = subprocess.Popen([*command, number] if command else ["sh", "-c", f"exit {number}"])
        except FileNotFoundError as error:
            print(error, file=sys.stderr)
            child = subprocess.Popen(["sh", "-c", "exit 127"])
        except OSError as error:
            print("no more children:", error, file=sys.stderr)
            failed = True
            break
        waiters.append(threading.Thread(target=wait_for, args=(child,)))
        waiters[-1].start()
    for waiter in waiters:
        waiter.join()
    sys.exit(failed)


main(sys.argv[1:])
