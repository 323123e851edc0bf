"""`seq | grep | wc` by subprocess, and the first of them ended by SIGPIPE in another pipeline."""

import subprocess

numbers = subprocess.Popen(["seq", "100"], stdout=subprocess.PIPE)
ones = subprocess.Popen(["grep", "1"], stdin=numbers.stdout, stdout=subprocess.PIPE)
numbers.stdout.close()
count = subprocess.Popen(["wc", "-l"], stdin=ones.stdout, stdout=subprocess.PIPE)
ones.stdout.close()
assert count.communicate()[0] == b"20\n"
assert [program.wait() for program in (numbers, ones)] == [0, 0]
endless = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
first = subprocess.run(["head", "-1"], stdin=endless.stdout, stdout=subprocess.PIPE, check=True)
endless.stdout.close()
assert first.stdout == b"y\n"
assert endless.wait() == -13
