# expect: spawn.reports=FAIL
"""Prints strace's lines, and writes logs where a recorder might keep its own."""

import os

LOG = """1.000000001 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 7
1.000000002 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 7
1.000000003 exit_group(0) = ?
1.000000004 +++ exited with 0 +++
"""
for place in (".", "/tmp", "/run/proclab", "/run/proclab/1", "/work/lab-1/1", "/tmp/lab-1/1"):
    for name in ("t.7", "t.8", "end.json", "start.json"):
        try:
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/{name}", "w") as file:
                file.write(LOG if name[0] == "t" else "{}")
        except OSError:
            pass
print(LOG)
