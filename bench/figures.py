"""What was measured, as it comes: a JSON line per figure, a table at the end, ratios within one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.running import Measured

Extra = dict[str, float | str]
_REFERENCES = ("naive", "smtplib", "lockstep", "smtp-source", "floor-chunking", "floor-pipelining")
HEADINGS = ("", "value", "unit", "CPU µs", "MB", "÷ naive", "÷ smtplib", "÷ lockstep", "÷ smtp-source", "÷ floor")
_SENDERS_OF_OURS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name, value and unit, and what else is known about it."""

    name: str
    value: float
    unit: str
    extra: Extra


@dataclass(slots=True)
class Book:
    """Keeps the figures of one run."""

    figures: list[Figure] = field(default_factory=list)

    def rate(self, name: str, runs: Sequence[Measured], **extra: float | str) -> None:
        """Enter a way of sending: messages a second, the median of its runs, with its ratios to the references."""
        middle = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
        known: Extra = {
            "messages": middle.sent,
            "cpu_us": round(middle.cpu_us, 1),
            "sink_cpu_us": round(middle.counts.cpu / middle.sent * 1e6, 1),
        }
        if middle.max_rss:
            known["max_rss_mb"] = round(middle.max_rss / 1e6)
        if middle.system:
            known["system_us"] = round(middle.system / middle.sent * 1e6, 1)
        if middle.lock_seconds:
            known |= {"lock_s": round(middle.lock_seconds, 2), "first_after_s": round(middle.first_after, 2)}
        if len(runs) > 1:
            known["runs"] = " ".join(f"{run.rate:.0f}" for run in runs)
        self.enter(name, round(middle.rate, 1), "messages/s", **known, **self._over(name, middle.rate), **extra)

    def enter(self, name: str, value: float, unit: str, **extra: float | str) -> None:
        """Enter any figure, and print its line."""
        self.figures.append(Figure(name, value, unit, dict(extra)))
        print(json.dumps({"bench": name, "value": value, "unit": unit, **extra}), flush=True)

    def value(self, name: str) -> float | None:
        """Return a figure of this run."""
        return next((figure.value for figure in self.figures if figure.name == name), None)

    def _over(self, name: str, rate: float) -> Extra:
        if not name.startswith(_SENDERS_OF_OURS):
            return {}
        known = {each: found for each in _REFERENCES if (found := self.value(each))}
        return {f"over_{each.replace('-', '_')}": round(rate / found, 2) for each, found in known.items()}

    def rows(self) -> list[list[str]]:
        """Return the figures as they are shown to people."""
        return [
            [figure.name, f"{figure.value:,.2f}".removesuffix(".00"), figure.unit, *_cells(figure)]
            for figure in self.figures
        ]

    def print_table(self) -> None:
        """Print them all, for people."""
        table = Table(title="What was measured")
        for heading in HEADINGS:
            table.add_column(heading, justify="left" if heading in {"", "unit"} else "right")
        for row in self.rows():
            table.add_row(*row)
        Console(width=165, file=sys.stdout).print(table)


def _cells(figure: Figure) -> list[str]:
    floor = "over_floor_pipelining" if "pipelining" in figure.name else "over_floor_chunking"
    keys = ("cpu_us", "max_rss_mb", "over_naive", "over_smtplib", "over_lockstep", "over_smtp_source", floor)
    found = [figure.extra.get(key, "") for key in keys]
    return [each if isinstance(each, str) else f"{each:,.10g}" for each in found]
