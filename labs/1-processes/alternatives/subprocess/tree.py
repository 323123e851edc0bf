"""The tree by subprocess: each child is this program once more, with its level as a third argument."""

import os
import subprocess
import sys

depth, fanout = int(sys.argv[1]), int(sys.argv[2])
level = int(sys.argv[3]) if len(sys.argv) > 3 else 0
size, failed = 1, False

print(level, os.getpid(), os.getppid(), flush=True)
children = []
try:
    while level < depth and len(children) < fanout:
        command = [sys.executable, sys.argv[0], str(depth), str(fanout), str(level + 1)]
        children.append(subprocess.Popen(command))
except OSError as error:
    print("no child:", error, file=sys.stderr)
    failed = True
for child in children:
    size += child.wait()
if level:
    sys.exit(size)
print("total", size)
sys.exit(1 if failed else 0)
