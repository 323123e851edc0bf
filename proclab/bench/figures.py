"""Measurements as ratios within one run: what was measured, over what, against which limit. Pure; `bench` measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """Ours over bare: seconds of either (or pieces a second, where more is better), taken in turns. Limit 0: none."""

    name: str
    ours: tuple[float, ...]
    bare: tuple[float, ...]
    limit: float
    unit: str = "s"
    more_is_better: bool = False

    @property
    def value(self) -> float:
        return median(self.ours) / median(self.bare)

    @property
    def holds(self) -> bool:
        return not self.limit or (self.value >= self.limit if self.more_is_better else self.value <= self.limit)


@dataclass(frozen=True)
class Amount:
    """A plain amount, with a limit where one was promised (0: none)."""

    name: str
    value: float
    unit: str
    limit: float = 0.0
    more_is_better: bool = False

    @property
    def holds(self) -> bool:
        return not self.limit or (self.value >= self.limit if self.more_is_better else self.value <= self.limit)


@dataclass(frozen=True)
class Missing:
    """What could not be measured here, and why."""

    name: str
    why: str
    holds: bool = True


Figure = Ratio | Amount | Missing


def in_turns(
    ours: Callable[[], float], bare: Callable[[], float], pairs: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A B A B …: whatever the machine does meanwhile, it does to both. One pair before is not counted (caches)."""
    taken = [(ours(), bare()) for _ in range(pairs + 1)][1:]
    first, second = zip(*taken, strict=True)
    return first, second


def spread(samples: Sequence[float]) -> float:
    """Half the distance between the quartiles: what the machine's other doings add, outliers aside."""
    if len(samples) < 2:
        return 0.0
    low, _, high = quantiles(samples, n=4)
    return (high - low) / 2


def table(figures: Sequence[Figure]) -> str:
    """For people: one line for each figure, the verdict last."""
    head = ("what", "ours", "bare", "ratio", "limit", "")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = "ok" if figure.holds else "MISSED"
    match figure:
        case Ratio(name=name, ours=ours, bare=bare, limit=limit, unit=unit):
            sign = "≥" if figure.more_is_better else "≤"
            promise = (f"{sign} {limit:g}", verdict) if limit else ("", "")
            return name, _samples(ours, unit), _samples(bare, unit), f"{figure.value:.2f}", *promise
        case Amount(name=name, value=value, unit=unit, limit=limit):
            sign = "≥" if figure.more_is_better else "≤"
            promise = (f"{sign} {limit:g} {unit}", verdict) if limit else ("", "")
            return name, f"{value:.1f} {unit}", "", "", *promise
        case Missing(name=name, why=why):
            return name, why, "", "", "", ""


def _samples(samples: Sequence[float], unit: str) -> str:
    """Milliseconds where a second is too coarse: `0.0132` → `13.2 ±0.4 ms`."""
    scale, unit = (1000.0, "ms") if unit == "s" and median(samples) < 0.1 else (1.0, unit)
    return f"{median(samples) * scale:.2f} ±{spread(samples) * scale:.2f} {unit}"


def record(figures: Sequence[Figure], machine: Mapping[str, Any]) -> dict[str, Any]:
    """For programs: every sample, so that another median can be taken later."""
    return {"machine": dict(machine), "figures": [_plain(figure) for figure in figures]}


def _plain(figure: Figure) -> dict[str, Any]:
    match figure:
        case Ratio(name=name, ours=ours, bare=bare, limit=limit, unit=unit):
            found = {"name": name, "ratio": round(figure.value, 4), "limit": limit or None, "unit": unit}
            return {**found, "holds": figure.holds, "ours": list(ours), "bare": list(bare)}
        case Amount(name=name, value=value, unit=unit, limit=limit):
            return {"name": name, "value": value, "unit": unit, "limit": limit or None, "holds": figure.holds}
        case Missing(name=name, why=why):
            return {"name": name, "missing": why}
