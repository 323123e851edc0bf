"""asyncio runs two programs at a time and reads what they print."""

import asyncio


async def output(*words):
    program = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await program.communicate()
    return said


async def main():
    assert await asyncio.gather(output("seq", "2"), output("echo", "x")) == [b"1\n2\n", b"x\n"]
    for _ in range(30):
        await asyncio.sleep(0)


asyncio.run(main())
