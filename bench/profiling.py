"""Where a sender's processor time goes: `python -m bench profile`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.comparisons import PIPELINING, Bench
from bench.documenting import markdown
from bench.running import Measured
from bench.sink import EVERYTHING, Offers

_PARTS: Mapping[str, tuple[str, ...]] = {  # the first that fits counts
    "signing": ("newsletter/transports/dkim",),
    "the network (transport, system calls)": ("newsletter/transports/",),
    "stamping (filling the holes)": ("newsletter/domain/letter", "newsletter/domain/encoding"),
    "what stands in the holes (links, Message-ID)": (
        "newsletter/delivery/readers",
        "newsletter/delivery/envelopes",
        "subscribers/tokens",
    ),
    "the ledger (claim, settle, commit)": (
        "newsletter/delivery/ledger",
        "newsletter/delivery/claiming",
        "newsletter/delivery/settling",
        "newsletter/delivery/statements",
        "newsletter/delivery/due",
        "newsletter/delivery/books",
        "subscribers/database",
    ),
    "the pace": (
        "newsletter/delivery/admission",
        "newsletter/delivery/domains",
        "newsletter/delivery/limits",
        "newsletter/delivery/pac",
        "newsletter/delivery/seats",
        "newsletter/delivery/throttling",
    ),
    "the sender's own loop": ("newsletter/delivery/",),
}
_MOST = 25  # functions told by name


def profile(bench: Bench, file: Path) -> str:
    """Send with CHUNKING and with PIPELINING alone, and tell where the time went; return it as Markdown."""
    told = []
    for name, offers in (("CHUNKING", EVERYTHING), ("PIPELINING only", PIPELINING)):
        run, samples = _sampled(bench, offers, file)
        print(json.dumps({"bench": f"profile {name}", "cpu_us": round(run.cpu_us, 1), "parts": _shares(samples)}))
        title = f"{name}: {run.cpu_us:.1f} µs of processor per message, {run.rate:,.0f} messages/s,"
        title += f" {run.system / run.cpu:.0%} in the kernel"
        _print(title, run, samples)
        rows = [[part, f"{share:.0%}", f"{share * run.cpu_us:.1f}"] for part, share in _shares(samples).items()]
        told.append(f"{title}\n\n{markdown(['where', 'share', 'µs a message'], rows)}")
    return "\n\n".join(told)


def _sampled(bench: Bench, offers: Offers, file: Path) -> tuple[Measured, Counter[str]]:
    run = bench.engine(offers, profile=str(file))
    return run, Counter(json.loads(file.read_text()))


def _shares(samples: Counter[str]) -> dict[str, float]:
    parts: Counter[str] = Counter()
    for place, count in samples.items():
        parts[_part(place)] += count
    total = sum(parts.values()) or 1
    return {part: round(count / total, 3) for part, count in parts.most_common()}


def _part(place: str) -> str:
    for part, prefixes in _PARTS.items():
        if place.startswith(prefixes):
            return part
    return "everything else"


def _print(title: str, run: Measured, samples: Counter[str]) -> None:
    total = sum(samples.values()) or 1
    table = Table(title=title)
    for heading in ("where", "share", "µs a message"):
        table.add_column(heading, justify="left" if heading == "where" else "right")
    for part, share in _shares(samples).items():
        table.add_row(part, f"{share:.1%}", f"{share * run.cpu_us:.1f}", style="bold")
    for place, count in samples.most_common(_MOST):
        table.add_row(f"  {place}", f"{count / total:.1%}", f"{count / total * run.cpu_us:.1f}")
    Console(width=150, file=sys.stdout).print(table)
