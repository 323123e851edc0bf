"""A thread that is not the main thread execs: it takes over the process, the others vanish."""

import os
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
threading.Thread(target=os.execv, args=("/bin/echo", ["echo", "from a thread"])).start()
threading.Event().wait()
