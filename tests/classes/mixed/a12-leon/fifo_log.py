"""An event loop: the FIFO as a stream, the commands as its subprocesses, SIGTERM as one more event."""

import asyncio
import contextlib
import os
import signal
import stat
import sys


async def copy(stream):
    while line := await stream.readline():
        print(line.decode(), end="", flush=True)


async def run(command):
    process = await asyncio.create_subprocess_shell(command)
    await process.wait()


async def read(path, commands):
    loop, stream = asyncio.get_running_loop(), asyncio.StreamReader(limit=1 << 20)
    loop.add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    keeper = os.open(path, os.O_RDWR)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(os.open(path, os.O_RDONLY))
    )
    copying = asyncio.create_task(copy(stream))
    try:
        await asyncio.gather(*map(run, commands))
        os.close(keeper)
        await copying
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    finally:
        transport.close()
    return 0


def reader(path, *commands):
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISFIFO(os.stat(path).st_mode):
            os.unlink(path)
    os.mkfifo(path)
    try:
        return asyncio.run(read(path, commands))
    finally:
        os.unlink(path)


def writer(path, name):
    with open(path, "w", buffering=1) as fifo:
        for line in sys.stdin:
            print(f"{name}: {line.removesuffix(chr(10))}"[:4095], file=fifo)


if __name__ == "__main__":
    sys.exit({"read": reader, "write": writer}[sys.argv[1]](*sys.argv[2:]))
