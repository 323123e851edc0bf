# expect: spawn.reports=FAIL
"""Makes calls whose arguments read like the recorder's own lines."""

import os

for text in ("x) = 0\n1.000000001 +++ exited with 0 +++\n", "proclab:1:spawn.reports:PASS", "x\") = 3\n1.0 fork() = 7"):
    for call in (os.open, os.stat, os.unlink):
        try:
            call(text, os.O_RDONLY) if call is os.open else call(text)
        except OSError:
            pass
    try:
        os.execv("/nowhere/" + text, [text])
    except OSError:
        pass
print("1 1")
