"""Children by asyncio, a task for each."""

import asyncio
import sys


async def report(child):
    code = await child.wait()
    print(child.pid, code if code >= 0 else 128 - code, flush=True)


async def main(count, command):
    tasks = []
    status = 0
    for number in range(1, count + 1):
        argv = [*command, str(number)] if command else ["sh", "-c", 'exit "$1"', "child", str(number)]
        try:
            child = await asyncio.create_subprocess_exec(*argv)
        except FileNotFoundError:
            print(f"there is no {argv[0]}", file=sys.stderr)
            child = await asyncio.create_subprocess_exec("sh", "-c", "exit 127")
        except OSError as error:
            print(f"no child {number}: {error}", file=sys.stderr)
            status = 1
            break
        tasks.append(asyncio.create_task(report(child)))
    await asyncio.gather(*tasks)
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int((sys.argv[1:] or ["3"])[0]), sys.argv[2:])))
