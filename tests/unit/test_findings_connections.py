"""Connections that are refused or closed: each with events that show it and a twin that nearly does."""

from __future__ import annotations

from dataclasses import replace

from proclab.events import Task
from proclab.findings import derive
from proclab.state import reduce
from tests.unit.state_script import Script, findings, shown


def connecting(refusals, connected):
    s = Script(8)
    s.socket(8, 3)
    for _ in range(refusals):
        s.connect(8, 3, "127.0.0.1:5000", error="ECONNREFUSED")
    if connected:
        s.connect(8, 3, "127.0.0.1:5000")
    return s


def test_refused_then_retried():
    assert shown(connecting(2, connected=True)) == [
        {"kind": "refused", "proc": 8, "addr": "127.0.0.1:5000", "times": 2, "connected": True}
    ]
    assert shown(connecting(1, connected=True)) == [
        {"kind": "refused", "proc": 8, "addr": "127.0.0.1:5000", "times": 1, "connected": True}
    ]
    assert not findings(connecting(1, connected=False))[0].connected
    assert findings(connecting(0, connected=True)) == []


def test_peer_that_closed():
    s = Script(8)
    s.socketpair(8, 3, 4)
    s.fork(8, 9)
    s.close(8, 4)
    s.close(9, 3)
    s.write(9, 4, 5)
    s.read(8, 3, 5)
    assert findings(s) == []
    s.close(9, 4)
    s.read(8, 3, 0)
    s.read(8, 3, 0)
    assert shown(s) == [
        {"kind": "peer_closed", "task": 8, "proc": 8, "fd": 3, "thing": "sock1", "error": "", "closer": {"proc": 9}}
    ]


def test_peer_that_reset():
    s = Script(8)
    s.socket(8, 3)
    s.connect(8, 3, "10.0.0.2:5000")
    s.write(8, 3, error="EPIPE")
    assert shown(s) == [{"kind": "peer_closed", "task": 8, "proc": 8, "fd": 3, "thing": "sock1", "error": "EPIPE"}]
    assert findings(s, "broken_pipe") == []


def test_peer_in_another_container():
    """lab 4: events of both boxes in one causal order. Both have a sock2, each the other's peer's peer, so to say."""
    server, client = Script(8, box="server"), Script(8, box="client")
    server.socket(8, 3)
    client.socket(8, 7)
    peer = client.socket(8, 3)
    client.connect(8, 3, "server:5000")
    client.close(8, 7)
    client.read(8, 3, 0)
    assert server.accept(8, 3, 4, peer, "client") == peer == "sock2"
    server.exit(8)
    *begin, end = client.events
    events = [replace(event, seq=seq) for seq, event in enumerate([*begin, *server.events, end])]
    (finding,) = derive(events)
    assert (finding.kind, finding.box, finding.fd, finding.error) == ("peer_closed", "client", 3, "")
    assert (finding.closer.box, finding.closer.proc, finding.closer.ended) == ("server", Task(8), True)


def test_objects_of_two_containers_that_have_one_name_are_two():
    server, client = Script(8, box="server"), Script(8, box="client")
    server.socket(8, 3)
    first, second = client.socket(8, 3), client.socket(8, 4)
    assert [server.accept(8, 3, new, peer, "client") for new, peer in ((4, first), (5, second))] == ["sock2", "sock3"]
    assert second == "sock2"
    server.write(8, 4, 5)
    events = [replace(event, seq=seq) for seq, event in enumerate([*client.events, *server.events])]
    boxes = reduce(events).boxes
    ends = {
        (name, thing.id): (thing.peer_box, thing.peer) for name, box in boxes.items() for thing in box.objects.values()
    }
    assert ends["server", "sock2"] == ("client", "sock1")
    assert ends["server", "sock3"] == ("client", "sock2")
    assert ends["client", "sock1"] == ("server", "sock2")
    assert ends["client", "sock2"] == ("server", "sock3")
    assert not boxes["server"].bytes
