"""The same without SIGCHLD: for each job a thread that waits for this one and no other."""

import os
import signal
import subprocess
import sys
import threading

if sys.argv[1:2] == ["job"]:
    print("job", sys.argv[2], os.getpid(), flush=True)
    signal.sigwait([signal.SIGINT])
    print("gone", sys.argv[2], flush=True)
    sys.exit(int(sys.argv[2]))

jobs = {}  # number -> (process, thread)


def watch(word, number, process):
    code = process.wait()
    sys.stdout.write(f"{word} {number} {code if code >= 0 else 128 - code}\n")
    sys.stdout.flush()


def start(word):
    number = len(jobs) + 1
    process = subprocess.Popen([sys.executable, __file__, "job", str(number)])
    thread = threading.Thread(target=watch, args=(word, number, process))
    thread.start()
    jobs[number] = process, thread
    return thread


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
for line in sys.stdin:
    words = line.split()
    if words[0] == "bg":
        for _ in range(int(words[1])):
            start("ended")
    elif words[0] == "fg":
        start("fg").join()
    elif words[0] == "kill":
        jobs[int(words[1])][0].kill()
for process, _ in jobs.values():
    process.send_signal(signal.SIGINT)  # subprocess sends none to a process that it has reaped
for _, thread in jobs.values():
    thread.join()
print("bye", flush=True)
