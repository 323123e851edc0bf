"""A scene that shows what it should: its steps in lab.toml, and the facts that the conductor reports of it."""

BOTH = {"en": "a", "ru": "б"}
STEPS = [
    {"do": "start"},
    {"do": "wait", "line": r"child=(?P<child>\d+)"},
    {"do": "panel", "run": "ps -p {child}", "see": [r"^\s*{child} .*Z"], "never": ["cat"]},
    {"do": "send", "line": "q"},
    {"do": "expect", "exit": 0},
    {"do": "show", "line": r"child=\d+", "times": 1},
]
FACTS = [
    {"fact": "lab", "n": "1", "title": BOTH},
    {"fact": "demo", "name": "fork", "title": BOTH},
    {"fact": "scene", "demo": "fork", "number": 0, "title": {}},
    {"fact": "start", "as": "demo", "pid": 7, "argv": []},
    {"fact": "line", "of": "demo", "text": "child=8"},
    {"fact": "names", "names": {"child": "8"}},
    {"fact": "panel", "run": "ps -p 8", "code": 0, "text": " PID STAT\n   8 x Z"},
    {"fact": "sent", "of": "demo", "line": "q"},
    {"fact": "exit", "of": "demo", "exit": 0},
    {"fact": "count", "of": "demo", "line": "child", "count": 1},
    {"fact": "done", "bad": 0},
]
