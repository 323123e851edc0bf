"""The same in an event loop, which waits for each of its children by itself."""

import asyncio
import signal
import sys

JOB = """
import os, signal, sys
print("job", sys.argv[1], os.getpid(), flush=True)
signal.sigwait([signal.SIGINT])
print("gone", sys.argv[1], flush=True)
sys.exit(int(sys.argv[1]))
"""
processes, tasks = [], []


async def watch(word, number, process):
    code = await process.wait()
    print(word, number, code if code >= 0 else 128 - code, flush=True)


async def start(word):
    number = str(len(processes) + 1)
    processes.append(await asyncio.create_subprocess_exec(sys.executable, "-c", JOB, number))
    tasks.append(asyncio.create_task(watch(word, number, processes[-1])))
    return tasks[-1]


async def main():
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while words := (await lines.readline()).decode().split():
        if words[0] == "bg":
            for _ in range(int(words[1])):
                await start("ended")
        elif words[0] == "fg":
            await (await start("fg"))
        else:
            processes[int(words[1]) - 1].kill()
    for process in processes:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
    await asyncio.gather(*tasks)
    print("bye")


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
asyncio.run(main())
