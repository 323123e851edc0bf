"""Payments on a balance in a file: the customers queue up before one teller, who alone has the file."""

import os
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

FILE = Path("balance")
counter = SimpleQueue()


def customer(number, amount):
    print(f"payment {number}: waits", flush=True)
    os.read(0, 1)
    counter.put((number, amount))


def teller(customers):
    for _ in range(customers):
        number, amount = counter.get()
        balance = int(FILE.read_text()) + amount
        if balance < 0:
            print(f"payment {number}: refused", flush=True)
        else:
            FILE.write_text(f"{balance}\n")
            print(f"payment {number}: balance {balance}", flush=True)


def main():
    amounts = [int(text) for text in sys.argv[1:]]
    threads = [Thread(target=customer, args=pair) for pair in enumerate(amounts, start=1)]
    threads.append(Thread(target=teller, args=(len(amounts),)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("main: balance", FILE.read_text().strip(), flush=True)


main()
