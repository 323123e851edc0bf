"""The library's own server with threads.

Usage: server.py PORT
"""

import signal
import socketserver
import sys
import threading

LARGEST = 4_000_000


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            for line in self.rfile:
                if not self.answered(line[:-1].decode("utf-8")):
                    break
        except ConnectionError:
            pass

    def answered(self, request):
        if request == "quit":
            self.say("bye")
            return False
        try:
            command, rest = request.split(" ", maxsplit=1)
            self.say(getattr(self, f"do_{command}")(rest))
        except (ValueError, AttributeError):
            self.say("error")
        return True

    def say(self, text):
        self.wfile.write(f"{text}\n".encode())

    def do_reverse(self, text):
        return "".join(reversed(text))

    def do_repeat(self, rest):
        count, text = rest.split(" ", maxsplit=1)
        if len(text.encode()) * int(count) > LARGEST:
            raise ValueError("too large")
        return text * int(count)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100


def main():
    with Server(("", int(sys.argv[1])), Handler) as server:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print("listening", sys.argv[1])
        sys.stdout.flush()
        stop.wait()


main()
