"""Shapes, patterns and colours of the lanes. The colours are Okabe and Ito's, for every kind of eye."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from proclab.views import xml
from proclab.views.steps import FAMILY
from proclab.words import Catalogue

Point = tuple[float, float]
ARROWS = ("fork", "bytes", "eof", "wait", "signal", "lock", "wake")
SHAPES: Mapping[str, tuple[Point, ...]] = {  # around (0, 0); a circle where a family has none
    "process": ((0, -8), (8, 0), (0, 8), (-8, 0)),
    "end": ((-7, -7), (7, -7), (7, 7), (-7, 7)),
    "read": ((-7, -6), (7, -6), (0, 8)),
    "write": ((-7, 6), (7, 6), (0, -8)),
    "close": ((-7, -4), (-4, -7), (0, -3), (4, -7), (7, -4), (3, 0), (7, 4), (4, 7), (0, 3), (-4, 7), (-7, 4), (-3, 0)),
    "wait": ((-8, -7), (8, 0), (-8, 7)),
    "signal": ((1, -9), (-6, 2), (-1, 2), (-2, 9), (6, -2), (1, -2)),
    "lock": ((-4, -7), (4, -7), (8, 0), (4, 7), (-4, 7), (-8, 0)),
    "note": ((-8, -5), (8, -5), (8, 5), (-8, 5)),
}
FONT = "font:12px 'DejaVu Sans',Verdana,Arial,sans-serif"
LIGHT = """--ink:#1a1d21;--paper:#fff;--dim:#59616b;--rule:#d5dae0;--run:#8fc3e3;
--blue:#0072b2;--green:#007a5a;--red:#c44e00;--purple:#a03f78;--amber:#8a6100"""
DARK = """--ink:#eceff2;--paper:#15181c;--dim:#a9b2bd;--rule:#363d46;--run:#1d5478;
--blue:#56b4e9;--green:#3fc79a;--red:#ff9252;--purple:#e79fc6;--amber:#e6b030"""
RULES = """
.paper{fill:var(--paper)}.heading{font-size:15px;font-weight:bold;fill:var(--ink)}
.lane{stroke:var(--rule)}.who{font-weight:bold;font-size:13px;fill:var(--ink)}.program{fill:var(--dim);font-size:11px}
.bar{stroke:var(--blue);fill:var(--run)}.io{fill:url(#io)}.child,.bar.thread{fill:url(#child)}.lock{fill:url(#lock)}
.sleep{fill:url(#sleep)}.signal{fill:url(#sig)}.stopped{fill:none;stroke:var(--red);stroke-dasharray:2 3}
.zombie{stroke:var(--dim);stroke-width:5;stroke-dasharray:1 8;stroke-linecap:round}
.condition{font-size:11px;fill:var(--dim);font-style:italic}
.label{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.mark{stroke:var(--paper);stroke-width:1.2;fill:var(--ink)}
.process,.end{fill:var(--blue)}.bytes,.socket{fill:var(--green)}.wait{fill:var(--purple)}.signal.mark{fill:var(--red)}
.lock.mark,.pause{fill:var(--amber)}.fd,.note{fill:var(--dim)}
.arrow{fill:none;stroke-width:1.8}.a-fork{stroke:var(--blue);stroke-width:2.6}.a-bytes{stroke:var(--green)}
.a-eof{stroke:var(--green);stroke-dasharray:2 4}.a-wait{stroke:var(--purple);stroke-dasharray:8 4}
.a-signal{stroke:var(--red);stroke-dasharray:10 3 2 3}.a-lock,.a-wake{stroke:var(--amber);stroke-dasharray:5 3}
"""
STYLE = f"""
svg{{{FONT};{LIGHT}}}{RULES}@media (prefers-color-scheme:dark){{svg{{{DARK}}}}}
"""
_INK = {"stroke": "var(--blue)", "stroke_width": 1.4, "fill": "none"}


def _pattern(name: str, size: int, line: str) -> str:
    return xml.tag(
        "pattern", xml.tag("path", d=line, **_INK), id=name, width=size, height=size, patternUnits="userSpaceOnUse"
    )


def _head(kind: str) -> str:
    colour = {"fork": "blue", "bytes": "green", "eof": "green", "wait": "purple", "signal": "red"}.get(kind, "amber")
    tip = xml.tag("path", d="M0 0L10 5L0 10Z", fill=f"var(--{colour})")
    return xml.tag(
        "marker",
        tip,
        id=f"h-{kind}",
        viewBox="0 0 10 10",
        refX=9,
        refY=5,
        markerWidth=9,
        markerHeight=9,
        markerUnits="userSpaceOnUse",
        orient="auto",
    )


DEFS = xml.tag(
    "defs",
    _pattern("io", 8, "M-2 10L10 -2M-2 2L2 -2M6 10L10 6"),
    _pattern("child", 6, "M3 0V6"),
    _pattern("lock", 5, "M0 2.5H5"),
    _pattern("sleep", 9, "M2 2h1M6.500 6.500h1"),
    _pattern("sig", 8, "M0 0L8 8M-2 6L2 10M6 -2L10 2"),
    *(_head(kind) for kind in ARROWS),
)


def mark(kind: str, x: float, y: float) -> str:
    """The shape of an event."""
    name = shape(kind)
    look = f"mark {FAMILY.get(kind, 'note')}"
    if name not in SHAPES:
        return xml.tag("circle", class_=look, cx=x, cy=y, r=6.5)
    return xml.tag("polygon", class_=look, points=xml.path((x + dx, y + dy) for dx, dy in SHAPES[name]))


def shape(kind: str) -> str:
    """Which shape an event of this kind has; `dot` is a circle."""
    if kind in ("exit", "killed", "thread_exit", "stopped"):
        return "end"
    if kind in SHAPES:
        return kind
    return family if (family := FAMILY.get(kind, "note")) in SHAPES else "dot"


def arrowed(kind: str, start: Point, end: Point) -> str:
    """An arrow; it leaves straight down when nothing lies between in time."""
    (x1, y1), (x2, y2) = start, end
    gap = 10.0 if y2 > y1 else -10.0
    bend = min(max((x2 - x1) / 2, 0), 60)
    middle = (y1 + y2) / 2
    line = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {middle:.1f} {x2 - bend:.1f} {middle:.1f} {x2:.1f} {y2 - gap:.1f}"
    return xml.tag("path", class_=f"arrow a-{kind}", d=line, marker_end=f"url(#h-{kind})")


def legend(y: float, words: Catalogue, kinds: Collection[str] = ARROWS) -> str:
    """What these kinds of arrows mean."""
    parts, x = [], 12.0
    for kind in ARROWS:
        if kind not in kinds:
            continue
        meaning = words.say(f"arrow.{kind}")
        parts.append(xml.tag("path", class_=f"arrow a-{kind}", d=f"M{x:.0f} {y:.0f}h34", marker_end=f"url(#h-{kind})"))
        parts.append(xml.tag("text", meaning, class_="program", x=x + 40, y=y + 4))
        x += 40 + len(meaning) * 6.6 + 16
    return xml.tag("g", *parts)
