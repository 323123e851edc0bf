"""A shell with a background job, a pipeline and a descriptor that it keeps for its commands."""

import subprocess

script = """
exec 3> /tmp/log
(sleep 0.02; echo job >&3) &
seq 3 | cat | wc -l >&3
wait
exec 3>&-
sort /tmp/log
"""
said = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, check=True)
assert said.stdout.split() == [b"3", b"job"]
