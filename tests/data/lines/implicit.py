# ruff: noqa: B015, B018, SIM115  (that these take what they are given is what this is about)
"""Who enters the kernel without a call in the source, or by a call of something that only computes: unpacking, `in`,
operators and properties of the library's objects, what an executor's thread is given to do. As in library.py."""

import argparse
import contextvars
import functools
import heapq
import locale
import multiprocessing
import operator
import os
import pathlib
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor

os.chdir("/tmp")
pathlib.Path("sub").mkdir()
pathlib.Path("numbers").write_text("1\n2\n3\n")
numbers = [1, 2, 3]
file = open("numbers")  #: openat
some = [*file]  #: read
file.seek(0)
one, two, three = file  #: read
file.seek(0)
one, *others = file  #: read
file.seek(0)
"2\n" in file  #: read
file.seek(0)
print(*file, file=sys.stderr)  #: read write
file.seek(0)
max(*file)  #: read
file.seek(0)
some += file  #: read
file.seek(0)
{*numbers, *file}  #: read
file.seek(0)
functools.reduce(operator.add, file)  #: read
file.seek(0)
heapq.nsmallest(2, file)  #: read
file.seek(0)
operator.countOf(file, "2\n")  #: read
file.seek(0)
statistics.mean(map(int, file))  #: read
file.seek(0)
"".join(map(str.strip, file))  #: read
file.seek(0)
lines = iter(file.readline, "")
list(lines)  #: read
file.seek(0)
operator.methodcaller("readline")(file)  #: read
functools.lru_cache(os.listdir)("sub")  #: openat close
contextvars.copy_context().run(os.write, 2, b"-\n")  #: write
argparse.ArgumentParser()  #: ioctl
locale.setlocale(locale.LC_ALL, "C.UTF-8")  #: openat close
one, two, three = [*numbers]  #: -
2 in numbers  #: -
numbers += some  #: -


def every():
    yield from file  #: read


file.seek(0)
sum(map(int, every()))
file.close()  #: close
entries = os.scandir("/lab")  #: openat
next(entries)
entries.close()  #: close
entries = os.scandir("/lab")  #: openat
sorted(entry.name for entry in entries)  #: close
entries = os.scandir("/lab")  #: openat
names = list(entries)  #: close
exec("os.close(os.dup(2))", {"os": os})  #: fcntl close
# --- objects of another process
context = multiprocessing.get_context("fork")
manager = context.Manager()
shared, space, some = manager.dict(), manager.Namespace(), manager.list()
os.write(2, b"the first use connects\n")  #: write
shared["a"] = 1  #: socket ioctl connect read write
shared["a"]  #: read write
"a" in shared  #: read write
len(shared)  #: read write
shared["a"] += 1  #: read write
text = f"{shared}"  #: read write
del shared["a"]  #: read write
os.write(2, b"-\n")  #: write
space.x = 1  #: read write
os.write(2, b"-\n")  #: write
space.x  #: read write
os.environ["A"] = "a"  #: -
some += [1]  #: read write
manager.shutdown()
r, w = os.pipe()  #: pipe2
child = context.Process(target=os.read, args=(r, 1))
child.start()
os.write(2, b"-\n")  #: write
child.exitcode  #: wait4
os.write(w, b"x")  #: write
child.join()  #: wait4
# --- what a thread of an executor is given
pool = ThreadPoolExecutor(1)
pool.submit(os.write, 2, b"first\n").result()  #: clone write
second = pool.submit(os.dup, 2).result()  #: fcntl
list(pool.map(os.close, [second]))  #: close
pool.shutdown()
