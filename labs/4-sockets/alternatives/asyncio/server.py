"""The same by coroutines: one thread, and the event loop does the waiting.

Usage: server.py PORT
"""

import asyncio
import signal
import sys

LONGEST = 200_000  # of a line; a StreamReader takes 64 KiB by itself
LARGEST = 4_000_000


def reverse(text):
    return text[::-1]


def repeat(rest):
    count, text = rest.split(" ", 1)
    if int(count) * len(text.encode()) > LARGEST:
        raise ValueError
    return text * int(count)


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            command, _, rest = line.decode().rstrip("\n").partition(" ")
            if command == "quit":
                writer.write(b"bye\n")
                break
            try:
                reply = {"reverse": reverse, "repeat": repeat}[command](rest)
            except (KeyError, ValueError):
                reply = "error"
            writer.write(f"{reply}\n".encode())
            await writer.drain()
        await writer.drain()
    except (ConnectionError, asyncio.CancelledError):  # the client has gone, or we are to stop
        pass
    finally:
        writer.close()


async def main():
    port = int(sys.argv[1])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(serve, "0.0.0.0", port, limit=LONGEST)
    print("listening", port, flush=True)
    await stop.wait()
    server.close()


asyncio.run(main())
