"""Five philosophers as a monitor: both forks at once, or none."""

import os
import sys
from threading import Condition, Thread


class Table:
    def __init__(self):
        self.changed = Condition()
        self.eating = set()

    def sit_down(self, me):
        neighbours = {me % 5 + 1, (me - 2) % 5 + 1}
        with self.changed:
            self.changed.wait_for(lambda: not self.eating & neighbours)
            self.eating.add(me)

    def get_up(self, me):
        with self.changed:
            self.eating.remove(me)
            self.changed.notify_all()


def philosopher(table, me, meals):
    for _ in range(meals):
        table.sit_down(me)
        for fork in (me % 5 + 1, me):
            print(f"philosopher {me}: has fork {fork}", flush=True)
            if fork != me:
                os.read(0, 1)
        print(f"philosopher {me}: eats", flush=True)
        for fork in (me, me % 5 + 1):
            print(f"philosopher {me}: puts down fork {fork}", flush=True)
        table.get_up(me)
    print(f"philosopher {me}: ends", flush=True)


def main(meals):
    table = Table()
    five = [Thread(target=philosopher, args=(table, me, meals)) for me in range(1, 6)]
    for each in five:
        each.start()
    for each in five:
        each.join()
    print("main: all have eaten", flush=True)


main(int(sys.argv[1]))
