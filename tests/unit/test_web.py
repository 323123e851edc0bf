"""The live page's server: who gets in, what comes out, who is refused."""

import http.client
import json
import threading

import pytest

from proclab.errors import UsageError
from proclab.live.live import Live
from proclab.live.web import Server, Shown, served
from tests.unit.samples import INIT, READER, look, process

DEADLINE = 20


@pytest.fixture
def shown():
    return Shown(Live("lab 1"))


@pytest.fixture
def asked():
    return []


@pytest.fixture
def server(shown, asked):
    def record(what):
        if what == "busy":
            raise UsageError("a recording is running")
        asked.append(what)

    found = Server(shown, record, {"one": b"<p>one"}.get)
    with served(found):
        yield found


def ask(server, path, method="GET", body=None, **headers):
    """Status, headers, body."""
    connection = http.client.HTTPConnection(*server.server_address, timeout=DEADLINE)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def post(server, what, **headers):
    headers = {"Origin": server.origin, **headers}
    return ask(server, f"/{server.token}/record", "POST", json.dumps({"what": what}), **headers)


def test_only_this_machine_can_reach_it(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"{server.origin}/{server.token}/"


def test_the_token_opens_the_page(server, shown):
    with shown.change() as live:
        live.take(look(INIT, READER))
    status, headers, body = ask(server, f"/{server.token}/")
    assert status == 200
    assert '"kind":"block"' in body
    assert "connect-src 'self'" in body
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert not any(name.startswith("Access-Control") for name in headers)


@pytest.mark.parametrize("path", ["/", "/live", "/{}x/", "/%C3%A9/", "/{short}/", "//", "/../{}", "/record"])
def test_without_it_there_is_nothing(server, path):
    status, _, body = ask(server, path.format(server.token, short=server.token[:-1]))
    assert (status, server.token in body) == (404, False)


def test_every_server_has_a_token_of_its_own(shown):
    servers = [Server(shown, print, {}.get) for _ in range(3)]
    for each in servers:
        each.server_close()
    assert len({each.token for each in servers}) == 3
    assert min(len(each.token) for each in servers) >= 22  # 128 bits


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{}", "127.0.0.1", "192.168.0.1:{}", ""])
def test_another_name_for_this_address_is_refused(server, host):
    status, _, body = ask(server, f"/{server.token}/", Host=host.format(server.server_address[1]))
    assert (status, "steps" in body) == (403, False)


def test_localhost_is_a_name_for_it(server):
    assert ask(server, f"/{server.token}/", Host=f"localhost:{server.server_address[1]}")[0] == 200


def test_the_page_may_ask_for_a_recording_and_for_its_end(server, asked):
    assert post(server, "sysprog_fork")[0] == 202
    assert post(server, "")[0] == 202
    assert asked == ["sysprog_fork", ""]


def test_what_is_refused_says_why(server, asked):
    status, _, body = post(server, "busy")
    assert (status, body) == (409, "proclab: a recording is running\n")
    assert asked == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_another_page_may_not_ask_for_a_recording(server, asked, origin):
    assert post(server, "sysprog_fork", Origin=origin)[0] == 403
    assert ask(server, f"/{server.token}/record", "POST", '{"what": "x"}')[0] == 403
    assert asked == []


@pytest.mark.parametrize("body", ["", "{", "[]", '{"x": 1}', "[" * 4000, "x" * 5000])
def test_a_request_that_is_none_of_the_pages_is_refused(server, asked, body):
    status, _, _ = ask(server, f"/{server.token}/record", "POST", body, Origin=server.origin)
    assert (status, asked) == (409, [])


def test_a_recording_that_was_started_here_is_served_and_no_other_file(server):
    assert ask(server, f"/{server.token}/runs/one")[2] == "<p>one"
    for path in ("runs/two", "runs/../../etc/passwd", "runs/", "README.md"):
        assert ask(server, f"/{server.token}/{path}")[0] == 404
    assert ask(server, f"/{server.token}/other", "POST", "{}")[0] == 404


class Stream:
    """The changes that a page gets."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(*server.server_address, timeout=DEADLINE)
        self.connection.request("GET", f"/{server.token}/live")
        self.answer = self.connection.getresponse()

    def next(self):
        """The next change; None: the stream has ended."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return None

    def close(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def stream(server):
    found = Stream(server)
    yield found
    found.close()


@pytest.mark.slow
def test_a_page_gets_everything_first_and_then_only_what_is_new(shown, stream):
    first = stream.next()
    assert first["lists"]["steps"] == [0, []]
    with shown.change() as live:
        live.take(look(INIT, READER))
    second = stream.next()
    kept, steps = second["lists"]["steps"]
    assert (kept, steps[-1]["kind"]) == (0, "block")
    with shown.change() as live:
        live.take(look(INIT, READER, process(8, 7)))
    third = stream.next()
    assert third["lists"]["steps"][0] == len(steps)
    assert "words" not in third["values"]


@pytest.mark.slow
def test_a_look_without_news_is_not_sent(shown, stream):
    stream.next()
    with shown.change() as live:
        live.take(look(INIT, READER))
    stream.next()
    with shown.change() as live:
        live.take(look(INIT, READER, t=2))
        live.tell(recording={"state": "kept"})
    assert stream.next() == {"values": {"recording": {"state": "kept"}}, "lists": {}}


def test_the_stream_ends_with_the_server(shown, server, stream):
    stream.next()
    threading.Thread(target=shown.close).start()
    assert stream.next() is None


def test_a_stream_without_the_token_is_none(server):
    assert ask(server, "/live")[0] == 404


def test_no_more_pages_than_there_is_room_for(shown, server):
    streams = [Stream(server) for _ in range(16)]
    for each in streams:
        each.next()
    assert ask(server, f"/{server.token}/live")[0] == 503
    for each in streams:
        each.close()
