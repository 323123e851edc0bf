# expect: spawn.reports=FAIL
"""Its last line is a grade, as Autolab and others read it; a survivor says it again."""

import os

if os.fork() == 0:
    os.setsid()
    os.read(os.pipe()[0], 1)
print('{"_presentation": "semantic"}')
print('{"scores": {"Problem 1": 100}, "scoreboard": [100]}', flush=True)
os._exit(0)
