# expect: spawn.reports=FAIL
"""Removes the folder that it runs in, and every other that it may."""

import os
import shutil

for place in (os.getcwd(), "/work", "/tmp", "/home/student"):
    try:
        os.chmod(place, 0)
    except OSError:
        pass
    shutil.rmtree(place, ignore_errors=True)
