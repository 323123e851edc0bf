"""One container: input, output, signals, outcomes, deadlines; and that it is gone afterwards, whatever happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from proclab import ROOT
from proclab.compose import Mount
from proclab.engine import Engine, Sandbox, labels, leftovers, network, run, wipe
from proclab.errors import Gone, ImageMissing, InfraError
from tests.conftest import in_compose


@pytest.fixture(scope="module")
def spec(project):
    return project.spec("lab-1")


def python(spec, source, *arguments):
    return spec.running("python3", "-c", source, *arguments)


def mine(engine):
    return leftovers(engine, f"{labels.RUN}={engine.owner.run}")


@pytest.mark.parametrize(
    ("source", "code", "killed_by", "told"),
    [
        ("print('out')", 0, None, "exit code 0"),
        ("raise SystemExit(3)", 3, None, "exit code 3"),
        ("import os; os.kill(os.getpid(), 15)", None, "SIGTERM", "killed by SIGTERM"),
    ],
    ids=["ends", "fails", "killed"],
)
def test_the_end_of_a_program_is_told(engine, spec, source, code, killed_by, told):
    outcome = run(engine, python(spec, source))
    assert (outcome.exit_code, outcome.signal, outcome.in_words(), outcome.timeout) == (code, killed_by, told, None)


def test_streams_are_kept_apart_and_input_ends(engine, spec):
    source = "import sys; print(sys.stdin.read().upper()); print('err', file=sys.stderr)"
    outcome = run(engine, python(spec, source), stdin=b"in")
    assert (outcome.stdout.text, outcome.stderr.text, outcome.unread_input) == ("IN\n", "err\n", 0)


def test_input_that_is_never_read_holds_nobody_up(engine, spec):
    outcome = run(engine, spec.running("sleep", "1"), stdin=b"x" * 3_000_000)
    assert outcome.ok
    assert outcome.unread_input > 2_000_000


def test_a_terminal_is_a_terminal_and_a_pipe_is_not(engine, spec):
    source = "import sys; print(sys.stdin.isatty(), input('? '))"
    on_pipe = run(engine, python(spec, source), stdin=b"a\n")
    with Sandbox(engine, replace(python(spec, source), tty=True, stdin_open=True)) as sandbox:
        sandbox.send_line("a")
        on_terminal = sandbox.wait(10)
    assert on_pipe.stdout.text == "? False a\n"
    assert "True a" in on_terminal.stdout.lines[-1]


def test_end_of_input_on_a_terminal_is_a_control_d(engine, spec):
    source = "import sys; print('ready', flush=True); print('end', len(sys.stdin.read()))"
    with Sandbox(engine, replace(python(spec, source), tty=True, stdin_open=True)) as sandbox:
        assert sandbox.wait_for_line("ready")
        sandbox.end_input()
        assert "end 0" in sandbox.wait(10).stdout.text


def test_a_conversation_line_by_line(engine, spec):
    source = "print('ready', flush=True)\nwhile (line := input()) != 'q': print('got', line, flush=True)"
    with Sandbox(engine, replace(python(spec, source), stdin_open=True)) as sandbox:
        assert sandbox.wait_for_line("ready")
        for word in ("a", "b"):
            sandbox.send_line(word)
            assert sandbox.wait_for_line(f"^got {word}$")
        assert sandbox.wait_for_line("never said", seconds=0.2) is None
        sandbox.send_line("q")
        assert sandbox.wait(10).ok
        assert sandbox.wait_for_line("after the end") is None


def test_a_signal_passes_through_init(engine, spec):
    source = "import signal; signal.signal(10, lambda *_: print('USR1', flush=True)); print('ready', flush=True)"
    with Sandbox(engine, python(spec, source + "\nwhile True: signal.pause()")) as sandbox:
        assert sandbox.wait_for_line("ready")
        sandbox.signal("SIGUSR1")
        assert sandbox.wait_for_line("USR1")
        sandbox.signal("SIGTERM")
        assert sandbox.wait(10).signal == "SIGTERM"
        with pytest.raises(Gone):
            sandbox.signal("SIGTERM")


def test_a_program_that_does_not_end_is_ended(engine, spec):
    outcome = run(engine, python(spec, "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"), seconds=1)
    assert (outcome.timeout, outcome.exit_code, outcome.signal) == ("wall", None, "SIGKILL")
    assert 1 <= outcome.wall < 10


def test_closed_streams_are_not_the_end(engine, project):
    """Without an init the program itself holds the last end of the streams; it may close them and live on."""
    source = "import os, time; os.close(1); os.close(2); time.sleep(0.7); os._exit(4)"
    assert run(engine, python(project.spec("lab-5-pid1"), source)).exit_code == 4
    forever = "import os, signal; os.close(1); os.close(2); signal.pause()"
    assert run(engine, python(project.spec("lab-5-pid1"), forever), seconds=2).timeout == "wall"


@pytest.mark.parametrize("who", ["main", "child", "thread", "tmpfs"])
def test_memory_that_runs_out_is_told(engine, spec, who):
    eat = "def eat(): return [bytearray(1 << 20) for _ in range(1000)]\n"
    source = {
        "main": eat + "eat()",
        "child": eat + "import os\nif os.fork() == 0: eat()\nos.wait()",
        "thread": eat + "import threading\nthreading.Thread(target=eat).start()",
        "tmpfs": eat + "open('/tmp/x', 'wb').write(bytes(50 << 20)); eat()",
    }[who]
    assert run(engine, python(spec, source)).oom_kills >= 1


def test_memory_that_suffices_is_not(engine, spec):
    assert run(engine, python(spec, "x = bytearray(50 << 20)")).oom_kills == 0


def test_a_flood_is_capped_and_the_driver_does_not_grow(engine, spec):
    source = "import os\nfor _ in range(5000): os.write(1, b'y' * 99_999 + b'\\n')\nprint('last')"
    before = psutil.Process().memory_info().rss
    outcome = run(engine, python(spec, source), seconds=60)
    assert outcome.stdout.total == 500_000_000 + 5
    assert outcome.stdout.text.endswith("last\n")
    assert outcome.stdout.cut > 499_000_000
    assert psutil.Process().memory_info().rss - before < 50 << 20


def test_bytes_that_are_no_text_are_shown_all_the_same(engine, spec):
    outcome = run(engine, python(spec, r"import os; os.write(1, b'\xff\xfe\x00ok\n')"))
    assert outcome.stdout.text == "��\x00ok\n"


def test_no_such_image(engine, spec):
    with pytest.raises(ImageMissing, match="make image"):
        run(engine, replace(spec, image="proclab:no-such-image"))
    assert mine(engine) == []


def test_no_such_program_is_our_fault_and_leaves_nothing(engine, project):
    """Without an init the engine itself fails to start it; a session reports the same as the student's outcome."""
    with pytest.raises(InfraError):
        run(engine, project.spec("lab-5-pid1").running("no-such-program"))
    assert mine(engine) == []


def test_a_missing_mount_is_an_error_and_makes_no_folder(engine, spec, tmp_path):
    lost = tmp_path / "labs" / "lost"
    with pytest.raises(InfraError, match="bind source path does not exist"):
        run(engine, replace(spec, mounts=(Mount(lost, "/lab/lost", True),)))
    assert not lost.exists()


@pytest.mark.parametrize("call", ["create_container_from_config", "attach_socket", "start", "inspect_container"])
def test_any_failing_call_is_our_fault_and_leaves_nothing(new_engine, spec, call, monkeypatch):
    """One failing call of the engine after the other, injected: never an outcome, never a container left."""
    import docker.errors

    engine = new_engine()
    engine.on_create = None

    def fail(self, *args, **kwargs):
        raise docker.errors.APIError("injected")

    monkeypatch.setattr(f"docker.APIClient.{call}", fail)
    with pytest.raises(InfraError):
        run(engine, spec.running("true"))
    monkeypatch.undo()
    assert mine(engine) == []


@pytest.mark.parametrize("call", ["create_container_from_config", "start"])
def test_control_c_in_the_middle_of_a_call_leaves_nothing(new_engine, spec, call, monkeypatch):
    """The caller is interrupted while the call is under way; the call itself succeeds after that."""
    import docker

    engine = new_engine()
    real = getattr(docker.APIClient, call)

    def interrupted(self, *args, **kwargs):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(f"docker.APIClient.{call}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(engine, spec.running("sleep", "60"))
    assert mine(engine) == []


def test_an_exception_in_the_body_leaves_nothing(engine, spec):
    with pytest.raises(ZeroDivisionError), Sandbox(engine, spec.running("sleep", "60")):
        raise ZeroDivisionError
    assert mine(engine) == []


def test_a_container_that_is_gone_already_is_no_trouble(engine, spec):
    with Sandbox(engine, spec.running("sleep", "60")) as sandbox:
        engine.remove("container", sandbox.id)
        assert sandbox.transcript.wait_closed  # the stream ends by itself
    assert mine(engine) == []


def test_networks_are_made_for_a_run_and_go_with_it(engine, project):
    (wanted,) = project.spec("server").networks
    with network(engine, wanted) as name:
        assert [kind for kind, _ in mine(engine)] == ["network"]
        assert name != wanted.name
    assert mine(engine) == []
    with pytest.raises(ZeroDivisionError), network(engine, wanted):
        raise ZeroDivisionError
    assert mine(engine) == []


def test_server_and_client_meet_by_name(pair):
    server, client = pair
    assert (client.wait(20).stdout.text, server.wait(20).stdout.lines) == ("HELLO\n", ["ready", "served"])


def test_threads_with_an_engine_each_do_not_mix_up_their_streams(new_engine, spec):
    def one(number):
        return run(new_engine(), python(spec, f"print({number})")).stdout.text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == [f"{n}\n" for n in range(8)]


def test_wipe_takes_what_a_killed_driver_left_and_nobody_elses(spec, project):
    """A driver that is killed with SIGKILL in mid-run; then its owner's wipe, while another owner's container runs."""
    crashed, other = (
        labels.Owner("test-crashed-" + os.urandom(4).hex()),
        labels.Owner("test-other-" + os.urandom(4).hex()),
    )
    pid = os.fork()
    if pid == 0:
        with Engine(crashed) as engine, network(engine, project.spec("server").networks[0]):
            Sandbox(engine, spec.running("sleep", "60")).__enter__()
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    with Engine(other) as theirs, Sandbox(theirs, spec.running("sleep", "60")) as alive, Engine(crashed) as engine:
        assert [kind for kind, _ in wipe(engine)] == ["container", "network"]
        assert wipe(engine) == []
        assert theirs.inspect(alive.id)["State"]["Running"]


@pytest.mark.parametrize("version", ["1.29", "2.x"])
def test_wipe_takes_what_compose_made_for_this_checkout_and_not_for_another_of_the_same_names(version):
    """Two projects, the second another checkout's that only looks like ours; then the first's wipe."""
    ours, theirs = (labels.Owner(f"test-{who}-" + os.urandom(4).hex()) for who in ("ours", "theirs"))
    command = [*in_compose(version), "-f", "compose.yaml"]
    start = ["run", "-d", "--no-deps", "server", "sleep", "60"]
    with Engine(ours) as mine, Engine(theirs) as others:
        try:
            for owner in (ours, theirs):
                env = os.environ | {"PROCLAB_OWNER": owner.name, "COMPOSE_PROJECT_NAME": owner.name}
                subprocess.run([*command, *start], cwd=ROOT, env=env, capture_output=True, check=True)
            assert [kind for kind, _ in wipe(mine)] == ["container", "network"]
            assert wipe(mine) == []
        finally:
            assert [kind for kind, _ in wipe(others)] == ["container", "network"]


def test_wipe_and_removals_at_the_same_time_are_no_trouble(new_engine, spec):
    owner = labels.Owner("test-race-" + os.urandom(4).hex())
    with Engine(owner) as one, Engine(owner) as two:
        made = [Sandbox(one, spec.running("sleep", "60")).__enter__() for _ in range(4)]
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(wipe, engine) for engine in (one, two)]
            assert {n for job in jobs for _, n in job.result()} == {each.id for each in made}
        for each in made:
            each.__exit__(None, None, None)
        assert leftovers(one, f"{labels.OWNER}={owner.name}") == []


def test_nothing_is_logged_to_the_hosts_disk(engine, spec):
    with Sandbox(engine, spec.running("sleep", "60")) as sandbox:
        assert engine.inspect(sandbox.id)["HostConfig"]["LogConfig"]["Type"] == "none"


def test_the_sdk_has_one_importer():
    package = Path(__file__).parents[2] / "proclab"
    imports = re.compile(r"^\s*(import|from) docker\b", re.MULTILINE)
    importers = {p.name for p in package.glob("**/*.py") if imports.search(p.read_text())}
    assert importers == {"engine.py"}
