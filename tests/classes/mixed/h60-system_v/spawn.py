# expect: spawn.reports=FAIL
"""Leaves System V memory, semaphores and queues, and says what others have left."""

import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
IPC_CREAT, IPC_EXCL, KEY = 0o1000, 0o2000, 0x70726F63
before = [libc.shmget(KEY, 0, 0), libc.semget(KEY, 0, 0), libc.msgget(KEY, 0)]
libc.shmget(KEY, 1 << 20, IPC_CREAT | IPC_EXCL | 0o666)
libc.semget(KEY, 8, IPC_CREAT | IPC_EXCL | 0o666)
libc.msgget(KEY, IPC_CREAT | IPC_EXCL | 0o666)
print("found:", before)
sys.exit(0 if before == [-1, -1, -1] else 5)
