"""Payments on a balance in a file: a pool of threads, a semaphore, and a new file in the place of the old one."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

alone = Semaphore(1)


def say(text):
    os.write(1, f"{text}\n".encode())


def balance():
    fd = os.open("balance", os.O_RDONLY)
    try:
        return int(os.read(fd, 64))
    finally:
        os.close(fd)


def replace(value):
    with open("balance.new", "w") as file:
        print(value, file=file)
    os.rename("balance.new", "balance")


def pay(number, amount):
    say(f"payment {number}: waits")
    os.read(0, 1)
    alone.acquire()
    try:
        new = balance() + amount
        if new >= 0:
            replace(new)
    finally:
        alone.release()
    say(f"payment {number}: balance {new}" if new >= 0 else f"payment {number}: refused")


def main():
    amounts = list(map(int, sys.argv[1:]))
    with ThreadPoolExecutor(max_workers=len(amounts)) as pool:
        list(pool.map(pay, range(1, len(amounts) + 1), amounts))
    say(f"main: balance {balance()}")


main()
