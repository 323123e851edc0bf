"""exec from a thread: the process keeps its pid, every other thread of it is gone."""

import os
from threading import Thread

thread = Thread(target=os.execv, args=("/bin/true", ["true"]))
thread.start()
thread.join()
