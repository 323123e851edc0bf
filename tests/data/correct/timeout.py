"""A program that takes too long is killed and reaped, and so is one that is slow to see SIGTERM."""

import subprocess

try:
    subprocess.run(["sleep", "60"], timeout=0.05, check=False)
except subprocess.TimeoutExpired:
    pass
else:
    raise AssertionError
stubborn = subprocess.Popen(["sh", "-c", "trap '' TERM; echo; exec sleep 60"], stdout=subprocess.PIPE)
stubborn.stdout.readline()
stubborn.terminate()
try:
    stubborn.wait(0.05)
except subprocess.TimeoutExpired:
    stubborn.kill()
assert stubborn.wait() == -9
stubborn.stdout.close()
