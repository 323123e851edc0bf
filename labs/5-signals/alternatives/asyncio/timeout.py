"""The same in an event loop."""

import asyncio
import contextlib
import os
import signal
import sys


async def main(seconds, argv):
    try:
        process = await asyncio.create_subprocess_exec(*argv, process_group=0)
    except FileNotFoundError:
        return 127
    except OSError:
        return 126

    def to_group(signum):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signum)

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signum, to_group, signum)
    try:
        code = await asyncio.wait_for(process.wait(), seconds)
        return code if code >= 0 else 128 - code
    except TimeoutError:
        to_group(signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.3)
    to_group(signal.SIGKILL)
    await process.wait()
    return 124


sys.exit(asyncio.run(main(float(sys.argv[1]), sys.argv[2:])))
