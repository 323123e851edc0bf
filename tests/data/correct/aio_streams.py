"""A server and three clients in one event loop."""

import asyncio


async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def ask(port, text):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    said = await reader.read()
    writer.close()
    await writer.wait_closed()
    return said


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await asyncio.gather(*(ask(port, b"hello\n") for _ in range(3))) == 3 * [b"HELLO\n"]


asyncio.run(main())
