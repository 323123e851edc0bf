"""Payments on a balance in a file: the lock is the file's own (flock), so other processes could pay, too."""

import fcntl
import os
import sys
import threading


def pay(number, amount):
    print(f"payment {number}: waits", flush=True)
    os.read(0, 1)
    with open("balance", "r+") as file:  # a description of its own: flock tells the threads apart
        fcntl.flock(file, fcntl.LOCK_EX)
        balance = int(file.readline()) + amount
        if balance >= 0:
            file.seek(0)
            file.truncate()
            file.write(str(balance) + "\n")
            file.flush()
    if balance < 0:
        print(f"payment {number}: refused", flush=True)
    else:
        print(f"payment {number}: balance {balance}", flush=True)


threads = [threading.Thread(target=pay, args=(i, int(amount))) for i, amount in enumerate(sys.argv[1:], 1)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open("balance") as file:
    print(f"main: balance {file.read().strip()}", flush=True)
