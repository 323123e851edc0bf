"""Three children, each reaped before the next is made. (The test gives them all one pid: see there.)"""

import os

for code in (3, 4, 5):
    child = os.fork()
    if child == 0:
        os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == code
