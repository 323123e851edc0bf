"""A page on 127.0.0.1 that shows what runs, live. One token opens it; nothing else on the machine or in a browser may.

    GET  /TOKEN/                the page, drawn by the code of run.html
    GET  /TOKEN/live            its changes as they come (server-sent events)
    POST /TOKEN/record          {"what": KEY}: starts a recording; {"what": ""} ends the one that runs
    GET  /TOKEN/runs/NAME       run.html of a recording that was started here

The address is the secret: 128 bits that the terminal shows and that no header carries on (Referrer-Policy). A page of
another origin can't read answers (no CORS header), can't post (Origin is asked for), can't frame this one, and a name
that somebody's DNS points to 127.0.0.1 is refused (Host).
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from proclab.errors import UsageError
from proclab.live.live import Live, change
from proclab.views.page import assembled

ADDRESS = "127.0.0.1"
BEAT_S = 10.0  # a sign of life, where nothing changes: that is how a closed page is noticed
PAUSE_S = 0.2  # between two changes sent to a page
BODY_MAX = 4096
PAGES_MAX = 16  # open at once
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


Record = Callable[[str], None]
Page = Callable[[str], bytes | None]


class Shown:
    """A Live that several threads look at: `changed` is held for a change, and wakes the threads that wait for it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.changed = threading.Condition()
        self.closed = threading.Event()
        self.pages = threading.BoundedSemaphore(PAGES_MAX)

    @contextmanager
    def change(self) -> Iterator[Live]:
        """The Live, to be changed."""
        with self.changed:
            yield self.live
            self.changed.notify_all()

    def data(self) -> dict[str, Any]:
        with self.changed:
            return self.live.data()

    def newer(self, version: int) -> tuple[int, dict[str, Any] | None]:
        """Waits for another version than this; None: there is none yet, or the end has come."""
        with self.changed:
            self.changed.wait_for(lambda: self.live.version != version or self.closed.is_set(), BEAT_S)
            if self.live.version == version or self.closed.is_set():
                return version, None
            return self.live.version, self.live.data()

    def close(self) -> None:
        """Lets all threads go that wait."""
        self.closed.set()
        with self.changed:
            self.changed.notify_all()


class Server(ThreadingHTTPServer):
    """The page of one Shown. `record` starts a recording and may raise UsageError; `page` gives a finished one's."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, shown: Shown, record: Record, page: Page, port: int = 0) -> None:
        self.shown, self.record, self.page = shown, record, page
        self.token = secrets.token_urlsafe(16)
        super().__init__((ADDRESS, port), Handler)

    @property
    def origin(self) -> str:
        return f"http://{ADDRESS}:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """What is to be opened in a browser."""
        return f"{self.origin}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a page in the middle of an answer is no error."""


@contextmanager
def served(server: Server) -> Iterator[str]:
    """The server in a thread of its own; its address."""
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield server.address
    finally:
        server.shown.close()
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "proclab", ""
    timeout = 30

    @property
    def ours(self) -> Server:
        return cast(Server, self.server)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the watcher's, and the address a secret."""

    def do_GET(self) -> None:
        match self.path_within():
            case "":
                page = assembled(self.ours.shown.data(), self.ours.shown.live.lang, live=True)
                self.answer(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())
            case "live":
                self.stream()
            case str(path) if path.startswith("runs/") and (kept := self.ours.page(path.removeprefix("runs/"))):
                self.answer(HTTPStatus.OK, "text/html; charset=utf-8", kept)
            case str():
                self.refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        path = self.path_within()
        if path is None:
            return
        if path != "record":
            return self.refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        if self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
            return self.refuse(HTTPStatus.FORBIDDEN, "only the page itself may ask for that")
        try:
            self.ours.record(self.wish())
        except UsageError as error:
            return self.refuse(HTTPStatus.CONFLICT, str(error))
        self.answer(HTTPStatus.ACCEPTED, "application/json", b"{}")

    def wish(self) -> str:
        """The body's `what`; raises UsageError."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_MAX:
            raise UsageError("that is no request of this page")
        try:
            return str(json.loads(self.rfile.read(int(length)))["what"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UsageError("that is no request of this page") from error

    def path_within(self) -> str | None:
        """What is asked for below the token; None where that was refused."""
        port = self.ours.server_address[1]
        if self.headers.get("Host") not in (f"{ADDRESS}:{port}", f"localhost:{port}"):
            self.refuse(HTTPStatus.FORBIDDEN, "this server is reached as 127.0.0.1 only")
            return None
        token, _, rest = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not secrets.compare_digest(token.encode("utf-8", "replace"), self.ours.token.encode()):
            self.refuse(HTTPStatus.NOT_FOUND, "open the whole address that make watch has printed")
            return None
        return rest

    def stream(self) -> None:
        """Changes of the data as they come, each against what this page has already: at first all of it."""
        shown = self.ours.shown
        if not shown.pages.acquire(blocking=False):
            return self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open")
        try:
            self.head(HTTPStatus.OK, "text/event-stream", None)
            for text in changes(shown):
                self.wfile.write(text.encode())
                self.wfile.flush()
        except OSError:  # the page was closed
            pass
        finally:
            shown.pages.release()
            self.close_connection = True

    # ------------------------------------------------------------ answers

    def head(self, status: HTTPStatus, kind: str, length: int | None) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.head(status, kind, len(body))
        self.wfile.write(body)
        self.close_connection = True

    def refuse(self, status: HTTPStatus, why: str) -> None:
        self.answer(status, "text/plain; charset=utf-8", f"proclab: {why}\n".encode())


def changes(shown: Shown) -> Iterator[str]:
    """Server-sent events for one page, until the end."""
    version, had = -1, dict[str, Any]()
    while not shown.closed.is_set():
        version, data = shown.newer(version)
        if data is None:
            yield ": still here\n\n"
            continue
        text = json.dumps(change(had, data).plain(), separators=(",", ":"))
        had = data
        yield f"data: {text}\n\n"
        shown.closed.wait(PAUSE_S)
