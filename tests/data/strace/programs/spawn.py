"""posix_spawn with file actions, subprocess (vfork) with pipes, a program that is not there."""

import os
import subprocess

r, w = os.pipe()
null = (os.POSIX_SPAWN_OPEN, 5, "/dev/null", os.O_RDONLY, 0)
actions = [(os.POSIX_SPAWN_DUP2, w, 1), (os.POSIX_SPAWN_CLOSE, r), null]
pid = os.posix_spawn("/bin/echo", ["echo", "spawned"], os.environ, file_actions=actions)
os.close(w)
print(os.read(r, 100), os.waitpid(pid, 0)[1], flush=True)
print(subprocess.run(["tr", "a-z", "A-Z"], input=b"up", stdout=subprocess.PIPE, check=True).stdout, flush=True)
try:
    subprocess.run(["no-such-program"])
except FileNotFoundError:
    print("not found", flush=True)
