"""Three workers made beforehand share a pipe of jobs and a pipe of results; one of them may never get a job."""

import os

jobs, results = os.pipe(), os.pipe()
workers = []
for _ in range(3):
    workers.append(os.fork())
    if workers[-1] == 0:
        os.close(jobs[1])
        os.close(results[0])
        while job := os.read(jobs[0], 1):
            os.write(results[1], job.upper())
        os._exit(0)
os.close(jobs[0])
os.close(results[1])
os.write(jobs[1], b"ab")
os.close(jobs[1])
found = b""
while data := os.read(results[0], 9):
    found += data
assert sorted(found) == sorted(b"AB")
for worker in workers:
    os.waitpid(worker, 0)
