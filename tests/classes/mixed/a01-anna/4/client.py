"""The same by coroutines.

Usage: client.py HOST PORT
"""

import asyncio
import sys


class Gone(Exception):
    pass


async def connect(host, port):
    for pause in (0.05, 0.1, 0.2, 0.4, 0.8, None):
        try:
            return await asyncio.open_connection(host, port, limit=8_000_000)
        except OSError as error:
            if pause is None:
                raise SystemExit(report(1, error)) from error
        await asyncio.sleep(pause)


def report(status, error):
    print("client:", *sys.argv[1:3], error, file=sys.stderr)
    return status


async def ask(reader, writer, request):
    writer.write(request)
    try:
        await writer.drain()
        return await reader.readuntil(b"\n")
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise Gone(str(error)) from error


async def main():
    reader, writer = await connect(sys.argv[1], int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            answer = await ask(reader, writer, line.rstrip("\n").encode() + b"\n")
            print(answer.decode(), end="", flush=True)
        await ask(reader, writer, b"quit\n")
    except Gone as error:
        return report(2, error)
    finally:
        writer.close()
    return 0


sys.exit(asyncio.run(main()))
