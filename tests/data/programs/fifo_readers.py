"""A FIFO with two readers: each line goes to one of them only. The second one forgets to close it."""

import os

FIFO = "fifo_readers.fifo"
os.mkfifo(FIFO)


def reader(closes):
    own = [os.pipe(), os.pipe()]  # start!, open and done
    child = os.fork()
    if child:
        os.close(own[0][0])
        os.close(own[1][1])
        return child, own[0][1], own[1][0]
    fifo = os.open(FIFO, os.O_RDONLY)
    os.write(own[1][1], b".")
    os.read(own[0][0], 1)
    assert len(os.read(fifo, 4)) == 4
    os.write(own[1][1], b".")
    if closes:
        os.close(fifo)
    os._exit(0)


readers = [reader(True), reader(False)]
fifo = os.open(FIFO, os.O_WRONLY)
for _, _, done in readers:
    os.read(done, 1)  # it has opened the FIFO: there is a reader left when the other one has gone
for child, start, done in readers:
    os.write(fifo, b"line")
    os.write(start, b".")
    os.read(done, 1)
    os.waitpid(child, 0)
os.close(fifo)
os.unlink(FIFO)
