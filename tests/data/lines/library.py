# ruff: noqa: SIM115  (open files are what this is about)
"""A table: each line calls something of the library that enters the kernel; behind `#:` stand the system calls that
must be recorded at that line, and no others. Lines without `#:` prepare."""

import csv
import fcntl
import io
import json
import logging
import mmap
import multiprocessing
import os
import pathlib
import pickle
import pprint
import select
import selectors
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

folder = tempfile.mkdtemp()
os.chdir(folder)
pathlib.Path("number").write_text("1")
context = multiprocessing.get_context("fork")
signal.signal(signal.SIGUSR1, lambda number, frame: None)

# --- files: objects and their methods, bound and not
file = open("a.txt", "w")  #: openat
file.write("one\n" * 9000)  #: write
file.writelines(["two\n"] * 9000)  #: write
print("three", file=file)
file.flush()  #: write
file.isatty()
file.close()  #: close
with open("a.txt") as file:  #: openat close
    file.readline()  #: read
    file.read(10000)  #: read
    next(file)
    "".join(file)  #: read
    file.readlines()  #: read
raw = io.FileIO("a.txt")  #: openat
raw.read(5)  #: read
raw.readinto(bytearray(5))  #: read
write = raw.readall
write()  #: read
raw.__exit__()  #: close
os.close(os.dup(0))  #: fcntl close
file = io.BufferedRandom(io.FileIO("b.bin", "w+"))  #: openat
file.write(b"x" * 9000)  #: write
file.close()  #: close
lines = open("a.txt")  #: openat
some = list(lines)  #: read
del lines  #: close
lines = open("a.txt")  #: openat
some.extend(lines)  #: read
lines.close()  #: close
pathlib.Path("c.txt").write_text("hello")  #: openat write close
pathlib.Path("c.txt").read_bytes()  #: openat read close
file = open("list", "w")  #: openat
json.dump(list(range(9000)), file)  #: write
file.close()  #: write close
csv.writer(sys.stderr).writerow(["a", "b"])  #: write
pathlib.Path("c.txt").unlink()  #: unlink
text = open("number")  #: openat
json.load(text)  #: read
text.close()  #: close
pprint.pprint([1], sys.stderr)  #: write
logging.error("oh")  #: write
traceback.print_exception(ValueError("no"))  #: write
shutil.copyfile("a.txt", "d.txt")  #: openat sendfile close
tempfile.TemporaryFile().close()  #: openat ioctl close
shutil.rmtree(tempfile.mkdtemp(dir="."))  #: mkdir openat close fcntl rmdir
os.mkdir("sub")  #: mkdir
os.rmdir("sub")  #: rmdir
os.makedirs("sub/sub")  #: mkdir
os.removedirs("sub/sub")  #: rmdir
os.link("a.txt", "e.txt")  #: link
os.symlink("a.txt", "f.txt")  #: symlink
os.rename("e.txt", "g.txt")  #: rename
os.remove("g.txt")  #: unlink
os.truncate("d.txt", 9)  #: truncate
os.listdir(".")  #: openat close
next(os.walk("."))  #: openat close
# --- os
r, w = os.pipe()  #: pipe2
os.write(w, b"abcdef")  #: write
os.read(r, 1)  #: read
os.readv(r, [bytearray(1)])  #: readv
os.writev(w, [b"gh"])  #: writev
os.set_blocking(r, True)  #: ioctl
third = os.dup(w)  #: fcntl
os.dup2(w, third, inheritable=False)  #: dup3
os.set_inheritable(third, True)  #: ioctl
os.close(third)  #: close
reader, writer = os.fdopen(r, "rb"), os.fdopen(w, "wb", 0)
writer.write(b"last")  #: write
reader.read(4)  #: read
fcntl.fcntl(r, fcntl.F_GETFD)  #: fcntl
fcntl.ioctl(r, termios.FIONREAD, b"    ")  #: ioctl
os.mkfifo("fifo")  #: mknodat
os.unlink("fifo")  #: unlink
fd = os.open("a.txt", os.O_RDWR)  #: openat
fcntl.flock(fd, fcntl.LOCK_EX)  #: flock
fcntl.lockf(fd, fcntl.LOCK_UN)  #: fcntl
os.pread(fd, 1, 0)  #: pread64
os.pwrite(fd, b"x", 0)  #: pwrite64
area = mmap.mmap(fd, 4096)  #: fcntl
area.close()  #: close
os.ftruncate(fd, 9)  #: ftruncate
os.closerange(fd, fd + 1)  #: close_range
# --- sockets, readiness
one, two = socket.socketpair()  #: socketpair
one.send(b"hello")  #: sendto
two.recv(1)  #: recvfrom
two.recv_into(bytearray(1))  #: recvfrom
one.sendall(b"again")  #: sendto
one.sendmsg([b"x"])  #: sendmsg
two.recvmsg(99)  #: recvmsg
socket.send_fds(one, [b"x"], [0])  #: sendmsg
for passed in socket.recv_fds(two, 9, 1)[1]:  #: recvmsg
    os.close(passed)  #: close
one.setblocking(True)  #: ioctl
stream = two.makefile("rwb")
stream.write(b"reply")
stream.flush()  #: sendto
one.recv(9)  #: recvfrom
one.shutdown(socket.SHUT_WR)  #: shutdown
stream.readline()  #: recvfrom
select.select([two], [], [], 0)  #: pselect6
poll = select.poll()
poll.register(two, select.POLLIN)
poll.poll(0)  #: poll
epoll = select.epoll()  #: epoll_create1
epoll.register(two, select.EPOLLIN)  #: epoll_ctl
epoll.poll(0)  #: epoll_wait
epoll.close()  #: close
selector = selectors.DefaultSelector()  #: epoll_create1
selector.register(two, selectors.EVENT_READ)  #: epoll_ctl
selector.select(0)  #: epoll_wait
selector.close()  #: close
stream.close()
one.close()  #: close
two.close()  #: close
server = socket.socket()  #: socket
server.bind(("127.0.0.1", 0))  #: bind
server.listen()  #: listen
client = socket.create_connection(server.getsockname())  #: socket connect
served, address = server.accept()  #: accept4
served.close()  #: close
client.detach()
server.close()  #: close


class Echo(socketserver.StreamRequestHandler):
    """Answers a line."""

    def handle(self):
        line = self.rfile.readline()  #: recvfrom
        self.wfile.write(line)  #: sendto


class Server(socketserver.TCPServer):
    """All of it the library's."""


server = Server(("127.0.0.1", 0), Echo)  #: socket bind listen
client = socket.socket()  #: socket
client.connect(server.server_address)  #: connect
client.send(b"hello\n")  #: sendto
server.handle_request()  #: poll accept4 shutdown close
client.recv(9)  #: recvfrom
server.server_close()  #: close
# --- processes
child = os.fork()  #: clone
if not child:
    os._exit(0)
os.waitpid(child, 0)  #: wait4
os.system("true")  #: clone execve wait4 rt_sigprocmask rt_sigaction
subprocess.run(["true"])  #: pipe2 vfork close close_range execve read wait4 rt_sigprocmask rt_sigaction
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
cat = subprocess.Popen("cat", **pipes)  #: pipe2 vfork close close_range dup2 execve read rt_sigprocmask rt_sigaction
cat.stdin.write(b"hello")
cat.stdin.flush()  #: write
cat.stdin.close()  #: close
cat.stdout.read(9)  #: read
cat.wait()  #: wait4
subprocess.getoutput("true")  #: pipe2 clone close close_range dup2 execve read wait4 rt_sigprocmask rt_sigaction
mine, theirs = context.Pipe()  #: socketpair ioctl
mine.send("hello")  #: write
theirs.recv()  #: read
mine.send_bytes(b"hello")  #: write
theirs.poll(0)  #: poll
theirs.recv_bytes()  #: read
mine.close()  #: close
simple = context.SimpleQueue()  #: openat write link unlink close pipe2
simple.put(1)  #: write
simple.get()  #: read
shared = context.Queue()  #: openat write link unlink close pipe2
shared.put(2)  #: clone write close
shared.get()  #: read
shared.close()
child = context.Process(target=int)
child.start()  #: pipe2 clone close openat
child.join()  #: wait4
child.close()  #: close
# --- threads, signals, time
thread = threading.Thread(target=int)
thread.start()  #: clone
thread.join()
time.sleep(0.001)  #: clock_nanosleep
os.kill(os.getpid(), signal.SIGUSR1)  #: kill
signal.raise_signal(signal.SIGUSR1)  #: tgkill
signal.signal(signal.SIGUSR2, signal.SIG_IGN)  #: rt_sigaction
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])  #: rt_sigprocmask
os.kill(os.getpid(), signal.SIGUSR1)  #: kill
signal.sigwait([signal.SIGUSR1])  #: rt_sigtimedwait
signal.setitimer(signal.ITIMER_REAL, 0)  #: setitimer
signal.alarm(0)  #: alarm
# --- others
with tempfile.NamedTemporaryFile() as file:  #: openat ioctl close unlink
    file.write(b"x" * 9000)  #: write
pickle.dump("x", sys.stderr.buffer)
sys.stderr.flush()  #: write
sys.stdout.write("the interpreter writes this when all is over")
