"""asyncio with a subprocess: input and output of cat(1) through the event loop."""

import asyncio
from asyncio.subprocess import PIPE


async def main():
    cat = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    answer, _ = await cat.communicate(b"round trip")
    assert answer == b"round trip"


asyncio.run(main())
