"""A child in Python's own words by exec, with a descriptor passed by number."""

import os
import sys

r, w = os.pipe()
child = os.fork()
if child == 0:
    os.close(r)
    os.set_inheritable(w, True)
    os.execv(sys.executable, [sys.executable, "-c", f"import os; os.write({w}, b'from there')"])
os.close(w)
assert os.read(r, 99) == b"from there"
assert os.read(r, 99) == b""
os.waitpid(child, 0)
