"""The same in an event loop: signals are callbacks like all others."""

import asyncio
import os
import signal
import sys


class Service:
    def __init__(self, lines):
        self.lines = lines
        self.asked = asyncio.Event()
        self.working = False
        self.reload()

    def reload(self):
        try:
            with open("graceful.conf") as file:
                self.mark = file.read().split("\n")[0]
        except OSError:
            self.mark = "-"

    def on_hup(self):
        self.reload()
        print(f"config {self.mark}", flush=True)

    def on_term(self):
        if self.asked.is_set():
            os._exit(143)
        self.asked.set()
        if self.working:
            print("leaving", flush=True)

    async def next_name(self):
        """The next line, or nothing where input has ended or the service was asked to leave."""
        line = asyncio.ensure_future(self.lines.readline())
        asked = asyncio.ensure_future(self.asked.wait())
        await asyncio.wait({line, asked}, return_when=asyncio.FIRST_COMPLETED)
        name = b"" if self.asked.is_set() else line.result()
        line.cancel()
        asked.cancel()
        return name.decode().rstrip("\n")

    async def run(self):
        while name := await self.next_name():
            self.working = True
            print(f"begun {name}", flush=True)
            text = b""
            while (line := await self.lines.readline()) != b"\n":
                text += line
            with open(name, "wb") as file:
                file.write(text)
            print(f"done {name} {self.mark}", flush=True)
            self.working = False


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    service = Service(lines)
    loop.add_signal_handler(signal.SIGHUP, service.on_hup)
    loop.add_signal_handler(signal.SIGTERM, service.on_term)
    with open("graceful.pid", "w") as file:
        file.write(str(os.getpid()))
    try:
        print(f"ready {service.mark}", flush=True)
        await service.run()
    finally:
        os.unlink("graceful.pid")
    print("bye", flush=True)


asyncio.run(main())
