# expect: spawn.reports=PASS spawn.reaps=PASS
"""Prepares the next run: modules, .pth files and settings wherever Python might look. Then it does its work."""

import os
import sys

LOADED = "import os\nos.write(1, b'loaded\\n')\nos._exit(0)\n"
SITE = f".local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
HOME = os.path.expanduser("~")
for place in (".", "/tmp", "/work", HOME, f"{HOME}/{SITE}", f"/home/student/{SITE}", sys.prefix, os.path.dirname(os.__file__)):
    for name in ("sitecustomize.py", "usercustomize.py", "os.py", "signal.py", "evil.pth", "pyvenv.cfg", "python._pth"):
        try:
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/{name}", "w") as file:
                file.write(LOADED if name.endswith(".py") else "import os; os._exit(0)\n")
        except OSError:
            pass
os.environ.update(PYTHONSTARTUP="/tmp/os.py", PYTHONPATH="/tmp", PYTHONHOME="/tmp", LD_PRELOAD="/tmp/evil.so")

for number in range(1, int(sys.argv[1]) + 1):
    if os.fork() == 0:
        os._exit(number)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
