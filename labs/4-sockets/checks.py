"""Our counterparts (ours/) talk to a program from the other container; each run has a port of its own."""

import json
from itertools import pairwise

from proclab.events import Connect, Exit, Fork, Wait
from proclab.grading import Done, Live, Ours, Student, check

VERDICTS = {"quit_open": "FD_LEAK", "not_closed": "FD_LEAK", "stop_open": "TIMEOUT"}  # of what our counterparts say
PATIENT = 60.0  # seconds that a program may spend asleep where our counterparts have the patience, and know more
START = 20.0  # seconds in which a server listens; it takes a tenth of one
TYPED = {"reverse hello": "olleh", "repeat 3 ab": "ababab", "shout": "error"}
LONG = f"repeat 0 {'x' * 99_000}\n"
LARGE = {"reverse ёж\n": "жё", "repeat 100000 ab\n": "ab" * 100_000, LONG: "", LONG.upper(): "error"}
GOING = {"nothing": "a\n", "half": "a\n", "reset": "a\n", "deaf": LONG}  # what our server does when it is asked this
LOST = 2  # exit status


def agree(done: Done, last: str) -> Done:
    """Our counterpart has nothing to complain of in its last word."""
    fact = json.loads(last or '{"fact": ""}')
    if fact.pop("fact") == "trouble":
        code = fact.pop("code")
        done.must(False, code, verdict=VERDICTS.get(code, "FAIL"), **fact)
    return done


def serve(server: Student, ours: Ours, port: str, scene: str, plan: str = "") -> Done:
    """The server while our clients play a scene; then it is killed, for nothing has told it to end."""
    with server.running(port, plan=plan, wait=PATIENT) as live:
        up = live.wait_for_line(f"^listening {port}$", START)
        lines = ours("asker.py", "server", port, scene).lines if up else []
        if not lines or '"done"' not in lines[-1]:
            live.wait_until_quiet(0.05)  # it may be about to end, or never sleep: that says more than our clients do
        live.signal("KILL")
    if live.over.code is not None:  # a crash says more than what our clients saw of it
        live.over.exits(0).must(False, "ended")
    return agree(live.over.prints(f"^listening {port}$"), lines[-1])


@check("server", points=2)
def answers(server: Student, ours: Ours) -> None:
    serve(server, ours, "7000", "answers")


@check("server", points=2)
def pieces(server: Student, ours: Ours) -> None:
    serve(server, ours, "7001", "pieces")


@check("server", points=2)
def many(server: Student, ours: Ours) -> None:
    done = serve(server, ours, "7002", "many").no_spin()
    made = {event.child for event in done.events if isinstance(event, Fork)}
    ended = {e.proc for e in done.events if isinstance(e, Exit)} - {e.child for e in done.events if isinstance(e, Wait)}
    done.must(len(made & ended) <= 10, "zombies", verdict="ZOMBIE")  # some may be reaped at the next turn only


@check("server", points=2)
def vanishing(server: Student, ours: Ours) -> None:
    serve(server, ours, "7003", "vanishing").no_spin()


@check("server", points=2)
def stops(server: Student, ours: Ours) -> None:
    with server.running("7004", wait=PATIENT) as live:
        live.wait_for_line("^listening 7004$", START)
        with ours.running("asker.py", "server", "7004", "stays", at="client") as clients:
            clients.wait_for_line('"connected"|"trouble"')
            live.signal("TERM")
            seen = clients.wait_for_line('"done"|"trouble"')
        if seen and "trouble" in seen.string:
            live.signal("KILL")
        second = live.again()
        again = second.wait_for_line("^listening 7004$", START)
        second.signal("KILL", group=True)  # workers that it has made ahead, too
    if seen and live.over.signal != "SIGTERM":
        agree(live.over, seen.string)
    live.over.exits(0).leaves_nobody().must(again, "not_again", port=7004)


@check("server", points=1, visibility="hidden")
def aborted(server: Student, ours: Ours) -> None:
    serve(server, ours, "7005", "once", plan="accept:ECONNABORTED@1")


def meet(client: Student, ours: Ours, port: str, scene: str, **more: object) -> tuple[Done, str]:
    """The client's run against a server of ours, and our server's last word."""
    with ours.running("peer.py", port, scene) as peer:
        peer.wait_for_line('"ready"')
        done = client("server", port, wait=PATIENT, **more)
        came = any(isinstance(event, Connect) and event.error != "ECONNREFUSED" for event in done.told or ())
        last = peer.wait_for_line('"done"|"trouble"', 30 if came and done.code in (0, LOST) else 0)
    return done, last.string if last else ""


def type_slowly(program: Live) -> None:
    """A line is typed when the answer to the one before is there."""
    for request, answer in TYPED.items():
        program.send_line(request)
        if not program.wait_for_line(f"^{answer}$"):  # it was quiet for so long that it was ended
            program.heard["late"] = request
            break
    program.end_input()


@check("client", points=2)
def asks(client: Student, ours: Ours) -> None:
    done, last = meet(client, ours, "7010", "honest", live=type_slowly, quiet=3.0)
    done.must(done.signal is None or "late" not in done.heard, "not_at_once", request=str(done.heard.get("late")))
    agree(done.exits(0).prints_exactly("".join(f"{answer}\n" for answer in TYPED.values())), last)


@check("client", points=2)
def whole(client: Student, ours: Ours) -> None:
    done, last = meet(client, ours, "7011", "pieces", stdin="".join(LARGE))
    if done.code == LOST and ("not_read" in last or "silent" in last):  # it was we who left, having waited
        agree(done, last)
    done.exits(0).prints_exactly("".join(f"{line}\n" for line in LARGE.values()))


@check("client", points=2)
def retries(client: Student, ours: Ours) -> None:
    meet(client, ours, "7012", "late", stdin="reverse hello\n")[0].exits(0).prints_exactly("olleh\n")


@check("client", points=2)
def gives_up(client: Student, ours: Ours) -> None:
    ours("line.py", at="server")  # the host is there, and nobody listens
    done = client("server", "7013", stdin="reverse hello\n", wait=10.0).exits(1).prints_exactly("")
    tries = [event.t for event in done.events if isinstance(event, Connect) and event.addr.endswith(":7013")]
    done.must(len(tries) == 6, "tries", count=len(tries), wanted=6)
    done.must(all(later - sooner > 48e6 * 2**n for n, (sooner, later) in enumerate(pairwise(tries))), "pauses")


@check("client", points=2)
def lost(client: Student, ours: Ours) -> None:
    with ours.running("peer.py", "7014", *GOING) as peer:
        for port, stdin in enumerate(GOING.values(), 7014):
            peer.wait_for_line('"ready"')
            client("server", str(port), stdin=stdin, wait=PATIENT).exits(LOST).prints_exactly("")


@check("client", points=1, visibility="hidden")
def together(client: Student, server: Student) -> None:
    with server.running("7018", wait=PATIENT) as live:
        live.wait_for_line("^listening 7018$", START)
        done = client("server", "7018", stdin="reverse Привет, ёжик\nrepeat 2 да \n", wait=PATIENT)
        live.signal("KILL")
    done.exits(0).prints_exactly("кижё ,тевирП\nда да \n")
