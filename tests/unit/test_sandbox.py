"""Engines that hang, refuse or are not there: an InfraError before our own deadline, never an outcome."""

from __future__ import annotations

import gc
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from proclab import errors
from proclab.compose import ContainerSpec, Mount, Network, Ulimit
from proclab.engine import Engine, Sandbox, create_request, labels

SPEC = ContainerSpec(service="one", image="x", network_mode="none")
OWNER = labels.Owner("test", "run")


@pytest.fixture
def fake(tmp_path):
    """A daemon made of one function: each connection is handed to it. Yields a way to start one."""
    servers = []

    def serve(answer):
        path = tmp_path / "docker.sock"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        servers.append(server)

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"unix://{path}"

    yield serve
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def hang(connection):
    """Accept, read, never answer."""
    with connection:
        while connection.recv(1 << 16):
            pass


def trickle(connection):
    """Answer a byte at a time for ever: a per-operation timeout would never fire."""
    with connection:
        connection.recv(1 << 16)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            pause = threading.Event()
            while not pause.wait(0.02):
                connection.sendall(b" ")
        except OSError:
            pass


@pytest.mark.parametrize("answer", [hang, trickle])
def test_a_daemon_that_does_not_answer_is_our_fault_in_time(fake, answer):
    begun = time.monotonic()
    with (
        Engine(OWNER, call_seconds=0.2, address=fake(answer)) as engine,
        pytest.raises(errors.EngineDown, match=r"did not answer within 0\.2 s"),
        Sandbox(engine, SPEC),
    ):
        pytest.fail("entered a sandbox without an engine")
    assert time.monotonic() - begun < 3


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_daemon_that_is_not_there(tmp_path):
    _ask_nobody(f"unix://{tmp_path}/nothing.sock")
    for thread in threading.enumerate():
        if thread.name == "proclab-engine-nobody":
            thread.join(10)
    gc.collect()  # here, where it is allowed: the SDK never closes the socket that could not connect


def _ask_nobody(place):
    nobody = labels.Owner("test", "nobody")
    with Engine(nobody, address=place) as engine, pytest.raises(errors.EngineDown, match=r"not there.*DOCKER_HOST"):
        engine.inspect("x")


@pytest.mark.parametrize("error", [errors.ProtocolError("torn"), OSError("gone"), ConnectionResetError()])
def test_output_that_broke_off_is_our_fault(error):
    sandbox = Sandbox(Engine(OWNER), SPEC)
    sandbox.transcript.feed("stdout", b"the beginning")
    sandbox.transcript.close(error)
    with pytest.raises(errors.InfraError, match="broke off"):
        sandbox._want_all_output()


def test_a_stream_that_ends_or_is_reset_over_input_that_nobody_read_is_whole():
    for spec, error in ((SPEC, None), (replace(SPEC, stdin_open=True), ConnectionResetError())):
        sandbox = Sandbox(Engine(OWNER), spec)
        sandbox.transcript.close(error)
        sandbox._want_all_output()


def respond(status, message):
    """A daemon that knows its version and answers everything else with an error."""

    def answer(connection):
        with connection:
            request = b""
            while data := connection.recv(1 << 16):
                request += data
                if b"\r\n\r\n" in request:
                    version = b"/version" in request
                    body = b'{"ApiVersion": "1.41"}' if version else f'{{"message": "{message}"}}'.encode()
                    line = "200 OK" if version else f"{status} Refused"
                    head = f"HTTP/1.1 {line}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                    connection.sendall(head.encode() + body)
                    request = b""

    return answer


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "No such image: proclab:x", errors.ImageMissing),
        (404, "No such container: y", errors.Gone),
        (409, "Container y is not running", errors.Gone),
        (500, "could not find an available, non-overlapping IPv4 address pool", errors.NoAddressPool),
        (500, "all predefined address pools have been fully subnetted", errors.NoAddressPool),
        (500, "write /x: no space left on device", errors.InfraError),
        (500, "anything else", errors.InfraError),
    ],
)
def test_a_refusal_is_translated(fake, status, message, kind):
    with Engine(OWNER, address=fake(respond(status, message))) as engine, pytest.raises(errors.InfraError) as caught:
        engine.inspect("y")
    assert type(caught.value) is kind


def test_what_is_gone_already_needs_no_removal(fake):
    with Engine(OWNER, address=fake(respond(404, "No such container: y"))) as engine:
        engine.remove("container", "y")
        engine.remove("network", "y")
        engine.remove("volume", "y")


def test_a_removal_is_tried_again_on_a_new_connection(fake):
    """The first call hangs (so its worker is lost); the removal must not wait behind it."""
    seen = []

    def first_hangs(connection):
        seen.append(connection)
        (hang if len(seen) == 1 else respond(404, "No such container: y"))(connection)

    with Engine(OWNER, call_seconds=0.5, address=fake(first_hangs)) as engine:
        with pytest.raises(errors.EngineDown):
            engine.inspect("y")
        engine.remove("container", "y")
    assert len(seen) >= 2


def test_the_request_says_all_that_the_specification_does():
    spec = replace(
        SPEC,
        command=("a",),
        environment=(("A", "1"),),
        user="1000:1000",
        read_only=True,
        cap_drop=("ALL",),
        security_opt=("no-new-privileges:true",),
        tmpfs=(("/tmp", "size=1m"),),
        mounts=(Mount(Path("/x"), "/lab", True),),
        sysctls=(("net.a", "0"),),
        ulimits=(Ulimit("core", 0, 0),),
        memory=5,
        memory_swap=5,
        pids=7,
        cpus=0.5,
        logging=("none", ()),
        stdin_open=True,
    )
    request = create_request(spec, {"proclab": "1"})
    host = request["HostConfig"]
    assert (request["Cmd"], request["Env"]) == (["a"], ["A=1"])
    assert (request["Labels"], request["User"]) == ({"proclab": "1"}, "1000:1000")
    assert (request["OpenStdin"], request["StdinOnce"]) == (True, True)
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False)
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"], host["NanoCpus"]) == (5, 5, 7, 500_000_000)
    assert (host["NetworkMode"], host["Tmpfs"], host["LogConfig"]["Type"]) == ("none", {"/tmp": "size=1m"}, "none")
    assert host["Sysctls"] == {"net.a": "0"}
    assert host["Ulimits"] == [{"Name": "core", "Soft": 0, "Hard": 0}]
    assert host["Mounts"][0]["ReadOnly"] is True


def test_the_request_leaves_out_what_the_specification_does():
    request = create_request(SPEC, {})
    assert "NetworkingConfig" not in request
    assert "LogConfig" not in request["HostConfig"]
    assert request["HostConfig"]["PidsLimit"] is None


def test_a_network_is_joined_under_the_services_name():
    request = create_request(replace(SPEC, network_mode="", networks=(Network("n"),)), {}, "real-name")
    assert request["HostConfig"]["NetworkMode"] == "real-name"
    assert request["NetworkingConfig"] == {"EndpointsConfig": {"real-name": {"Aliases": ["one"]}}}
