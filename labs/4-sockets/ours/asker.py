"""Our clients, as a server meets them: quick, slow, silent, many at once, and some that vanish.

Usage: asker.py HOST PORT answers|pieces|many|vanishing|stays|once
"""

import sys

from line import Trouble, call, play, say, short

CROWD = 30
LARGE = b"abcd" * 500_000  # more than the buffers of both ends hold, by far
ASKS_LARGE = b"repeat 500000 abcd\n"
LETTERS = "Съешь ещё этих мягких французских булок"  # of two bytes: a piece of bytes ends within one
QUESTIONS = {
    "reverse hello": "olleh",
    "reverse two words": "sdrow owt",
    "reverse привет": "тевирп",
    "repeat 3 ab": "ababab",
    "repeat 2 a b ": "a b a b ",
    "shout hello": "error",
    "repeat x ab": "error",
    "repeat 1000000000 abc": "error",
    "": "error",
}


class Asker:
    """Calls the server, and compares."""

    def __init__(self, host, port):
        self.address = (host, int(port))

    def call(self):
        """A new connection."""
        return call(*self.address)

    def hear(self, line, request, wanted):
        """The next answer must be this one."""
        try:
            got = line.line()
        except Trouble as trouble:
            raise Trouble("too_much" if trouble.code == "too_much" else "no_answer", request=request) from trouble
        if got is None:
            raise Trouble("closed_early", request=request)
        if got != wanted:  # what came depends on the pieces in which the server saw our bytes; the debt does not
            raise Trouble("wrong_answer", request=request, wanted=short(wanted))

    def begin(self, line):
        """The first bytes of a large answer."""
        try:
            return line.some(1000)
        except Trouble as trouble:
            raise Trouble("no_answer", request="repeat 500000 abcd") from trouble

    def ask(self, line, request="reverse hello", wanted="olleh"):
        """A request in one piece, and its answer."""
        line.send(f"{request}\n".encode())
        self.hear(line, request, wanted.encode())

    def once(self):
        """A client that comes, asks, and leaves as it should."""
        line = self.call()
        self.ask(line)
        self.leave(line)

    def leave(self, line):
        """We end our side; the server has nothing more to say, and ends its own."""
        line.end()
        self.see_the_end(line, "not_closed")
        line.connection.close()

    def see_the_end(self, line, complaint):
        """The server closes the connection, and says nothing before."""
        try:
            rest = line.line()
        except Trouble as trouble:
            raise Trouble(complaint) from trouble
        if rest is not None:
            raise Trouble("unasked")


def answers(asker):
    """Every kind of request; then quit."""
    line = asker.call()
    for request, wanted in QUESTIONS.items():
        asker.ask(line, request, wanted)
    asker.ask(line, "quit", "bye")
    asker.see_the_end(line, "quit_open")
    line.vanish()


def pieces(asker):
    """Requests at once, large answers, a request that no single recv(2) takes, half of one, and byte by byte.

    In this order every usual fault shows at the same place in every run, whatever pieces TCP makes.
    """
    line, other = asker.call(), asker.call()
    line.send(b"reverse one\nreverse two\nrepeat 2 three\n")
    for wanted in (b"eno", b"owt", b"threethree"):
        asker.hear(line, "reverse one, reverse two, repeat 2 three at once", wanted)
    line.send(ASKS_LARGE * 2)
    for _ in range(2):
        asker.hear(line, "repeat 500000 abcd", LARGE)
    long = (LETTERS * 1400)[:49_990]
    line.send(f"reverse {long}\n".encode())
    asker.hear(line, "reverse with 90 KB", long[::-1].encode())
    in_parts(asker, line, other, "reverse ab + cd", [b"reverse ab", b"cd\nreverse ef"], "dcba")
    in_parts(asker, line, other, "reverse ef + gh", [b"gh\n"], "hgfe")
    word = "reverse привет\n".encode()
    in_parts(asker, line, other, "reverse привет, byte by byte", [bytes([byte]) for byte in word], "тевирп")
    asker.leave(line)


def in_parts(asker, line, other, request, parts, wanted):
    """Parts of a request, each sent when the server has had time for the one before: it has answered another client."""
    for part in parts:
        if not line.quiet():
            raise Trouble("too_early", request=request)
        line.send(part)
        asker.ask(other)
    asker.hear(line, request, wanted.encode())


def many(asker):
    """A silent one, half a request, one that doesn't read, and a crowd: nobody waits for another."""
    silent, half, deaf = asker.call(), asker.call(), asker.call()
    half.send(b"reverse ab")
    deaf.send(ASKS_LARGE * 2)
    deaf.rest = asker.begin(deaf)  # the server is at it, and can't end before we read on
    crowd = [asker.call() for _ in range(CROWD)]
    for number, line in enumerate(crowd):
        line.send(f"repeat 2 client-{number}\n".encode())
    for number, line in reversed(list(enumerate(crowd))):
        asker.hear(line, f"repeat 2 client-{number}", f"client-{number}".encode() * 2)
    for line in crowd:
        line.end()
    for line in crowd:
        asker.leave(line)
    half.send(b"c\n")
    asker.hear(half, "reverse ab + c", b"cba")
    for _ in range(2):
        asker.hear(deaf, "repeat 500000 abcd", LARGE)
    asker.ask(silent)
    for _ in range(3):
        asker.once()


def vanishing(asker):
    """Resets in the middle of an answer, while idle, at once, after half a request; and the polite end."""
    line = asker.call()
    line.send(ASKS_LARGE * 2)
    asker.begin(line)
    line.vanish()
    asker.once()
    line = asker.call()
    asker.ask(line)
    line.vanish()
    asker.once()
    asker.call().vanish()
    asker.once()
    line = asker.call()
    line.send(b"reverse ab")
    line.vanish()
    asker.once()
    line = asker.call()
    line.send(b"reverse one\nreverse two\n")
    line.end()
    for wanted in (b"eno", b"owt"):
        asker.hear(line, "reverse one, reverse two, and the end of our side", wanted)
    asker.leave(line)


def stays(asker):
    """Three that are connected when the server is told to stop: each must see the end."""
    lines = [asker.call() for _ in range(3)]
    for line in lines[:2]:
        asker.ask(line)
    asker.ask(lines[0], "reverse again", "niaga")
    say("connected")
    for line in lines:
        asker.see_the_end(line, "stop_open")


SCENES = {
    "answers": answers,
    "pieces": pieces,
    "many": many,
    "vanishing": vanishing,
    "stays": stays,
    "once": Asker.once,
}

if __name__ == "__main__":
    play(SCENES[sys.argv[3]], Asker(sys.argv[1], sys.argv[2]))
