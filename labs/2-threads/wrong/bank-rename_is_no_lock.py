# fault: a new file by rename, and no lock from load to it | check: bank.right | verdict: RACE
"""Payments on a balance in a file: a pool of threads, and a new file in the place of the old one."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor


def say(text):
    os.write(1, f"{text}\n".encode())


def balance():
    fd = os.open("balance", os.O_RDONLY)
    try:
        return int(os.read(fd, 64))
    finally:
        os.close(fd)


def replace(number, value):
    with open(f"balance.{number}", "w") as file:
        print(value, file=file)
    os.rename(f"balance.{number}", "balance")


def pay(number, amount):
    say(f"payment {number}: waits")
    os.read(0, 1)
    new = balance() + amount
    if new >= 0:
        replace(number, new)
    say(f"payment {number}: balance {new}" if new >= 0 else f"payment {number}: refused")


def main():
    amounts = list(map(int, sys.argv[1:]))
    with ThreadPoolExecutor(max_workers=len(amounts)) as pool:
        list(pool.map(pay, range(1, len(amounts) + 1), amounts))
    say(f"main: balance {balance()}")


main()
