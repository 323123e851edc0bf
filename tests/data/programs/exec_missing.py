"""A program that is not there: exec fails, the child is what it was and ends with 127, as a shell's would."""

import os

child = os.fork()
if child == 0:
    try:
        os.execvp("no-such-program", ["no-such-program"])
    except FileNotFoundError:
        os._exit(127)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 127
