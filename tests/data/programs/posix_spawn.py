"""Children by vfork (subprocess) and by posix_spawn, one with a pipe as its output."""

import os
import subprocess

assert subprocess.run(["echo", "hello"], stdout=subprocess.PIPE, check=True).stdout == b"hello\n"
pid = os.posix_spawn("/bin/true", ["true"], {})
os.waitpid(pid, 0)
