# expect: spawn.reports=FAIL
"""Prints what would run in a page that shows it, and names processes and files so."""

import os
import sys

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
print(EVIL, "{{ 7 * 7 }} {% raw %} ${7*7} =cmd|' /C calc'!A0")
print(EVIL, file=sys.stderr)
with open("<img src=x onerror=alert(3)>", "w") as file:
    file.write(EVIL)
os.execv(sys.executable, [EVIL, "-c", "raise SystemExit(3)", EVIL])
