"""One measurement: a sink, a sender in a process of its own, and what both say afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.sink import EVERYTHING, Counts, Offers, running

ROOT = Path(__file__).parent.parent
_PATIENCE = 1800  # seconds for one measurement


class Wrong(Exception):
    """A measurement that can't be trusted: the sink and the sender do not agree."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a sender did. Times in seconds, `cpu` the sender's alone, `max_rss` octets of its largest
    process, 0 where it is not known."""

    sent: int
    seconds: float
    cpu: float
    max_rss: int
    counts: Counts
    system: float = 0.0  # the part of `cpu` that the kernel took, where it is known
    lock_seconds: float = 0.0
    first_after: float = 0.0  # seconds from the order to the first message at the sink

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the sender's processor per message."""
        return self.cpu / self.sent * 1e6


def measure(sender: str, offers: Offers = EVERYTHING, *, distinct: bool = True, **parameters: object) -> Measured:
    """Run a sender of `bench.senders` against a sink of its own.

    Every message must have arrived, and to readers that are all distinct unless the sender repeats itself. Raises
    Wrong.
    """
    with running(offers) as sink:
        found = _child(sender, {**parameters, "port": sink.port})
        counts = sink.counts()
    sent = int(found["sent"])
    if counts.messages != sent or (distinct and (counts.recipients != sent or counts.duplicates)):
        raise Wrong(f"{sender} says it sent {sent}, the sink says {counts}")
    ordered_at = found.get("ordered_at")
    return Measured(
        sent=sent,
        seconds=found["seconds"],
        cpu=found["cpu"],
        max_rss=int(found["max_rss"]),
        counts=counts,
        system=found.get("system", 0.0),
        lock_seconds=found.get("lock_seconds", 0.0),
        first_after=counts.first_at - ordered_at if ordered_at else 0.0,
    )


def lock_only(**parameters: object) -> Mapping[str, float]:
    """Run the lock in a process of its own; return what it says."""
    return _child("engine", {**parameters, "port": 0, "only_lock": True})


def _child(sender: str, parameters: Mapping[str, object]) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.senders", sender, json.dumps(parameters)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode:
        raise Wrong(f"{sender} failed: {done.stderr.strip()[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
