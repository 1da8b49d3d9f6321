"""Charts as shapes: numbers by day become places on a plane, which a template draws as SVG. Pure.

The plane is WIDE × HIGH and is stretched to its place on the page, so words and numbers stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH = 1000.0, 200.0
_GAP = 0.15  # of a slot, on either side of a bar
_ROUND = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """A name and a number for each slot. `look` is a class of the style sheet."""

    name: str
    look: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    look: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, as SVG writes them."""

    points: str
    look: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart. `marks` are the numbers beside it, from the top; `slots` are what is pointed at."""

    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    marks: Sequence[int]
    bars: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    slots: Sequence[Box] = ()

    @property
    def ends(self) -> Sequence[str]:
        """The first and the last label; one where they are the same."""
        return self.labels[:1] if len(self.labels) < 2 else (self.labels[0], self.labels[-1])


def lines(title: str, description: str, labels: Sequence[str], *series: Series, from_zero: bool) -> Chart:
    """Return a chart of a line for each series, on a scale that begins at zero or just below the least value."""
    values = [value for one in series for value in one.values]
    low, high = _scale(0 if from_zero else min(values), max(values))
    drawn = [Line(_points(one.values, low, high), one.look) for one in series]
    marks = (high, (low + high) // 2, low)
    return Chart(title, description, labels, series, marks, lines=drawn, slots=_slots(labels, series))


def opposed(title: str, description: str, labels: Sequence[str], up: Series, down: Series) -> Chart:
    """Return a chart of bars: what came rises above the middle, what went hangs below it, on one scale."""
    most = _rounded(max(*up.values, *down.values, 1))
    bars = [*_bars(up, most, 0), *_bars(down, most, 1)]
    return Chart(title, description, labels, (up, down), (most, 0, -most), bars, slots=_slots(labels, (up, down)))


def _scale(least: int, most: int) -> tuple[int, int]:
    """Return round bounds around both, an even number apart."""
    step = _rounded(max(math.ceil((most - least) / 2), 1))
    low = least // step * step
    while low + 2 * step < most:
        step = _rounded(step + 1)
        low = least // step * step
    return low, low + 2 * step


def _rounded(number: int) -> int:
    """Return the next number up that is 1, 2 or 5 with noughts."""
    power: int = 10 ** (len(str(number)) - 1)
    return next(digit * power for digit in _ROUND if digit * power >= number)


def _points(values: Sequence[int], low: int, high: int) -> str:
    heights = [HIGH - (value - low) / (high - low) * HIGH for value in values]
    if len(heights) == 1:
        return f"0,{heights[0]:.1f} {WIDE:.0f},{heights[0]:.1f}"
    apart = WIDE / (len(heights) - 1)
    return " ".join(f"{number * apart:.1f},{height:.1f}" for number, height in enumerate(heights))


def _bars(series: Series, most: int, half: int) -> list[Box]:
    """Return a series as bars that stand on the middle (`half` 0) or hang from it (1)."""
    slot, middle = WIDE / len(series.values), HIGH / 2
    heights = [value / most * middle for value in series.values]
    return [
        Box((number + _GAP) * slot, middle - height * (1 - half), (1 - 2 * _GAP) * slot, height, series.look)
        for number, height in enumerate(heights)
        if height
    ]


def _slots(labels: Sequence[str], series: Sequence[Series]) -> list[Box]:
    slot = WIDE / len(labels)
    return [
        Box(number * slot, 0, slot, HIGH, words=_told(label, series, number))
        for number, label in enumerate(labels)
    ]


def _told(label: str, series: Sequence[Series], number: int) -> str:
    return f"{label}: " + ", ".join(f"{one.name} {one.values[number]:,}" for one in series)
