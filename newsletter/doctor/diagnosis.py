"""What a check says of what it looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.finding import Level


class Health(StrEnum):
    """How a thing is: fine, not known, or as bad as a finding's level."""

    FINE = "fine"
    UNKNOWN = "unknown"  # could not be looked at
    NOTE = Level.NOTE.value
    WARNING = Level.WARNING.value  # some readers' providers will mind
    STOP = Level.STOP.value  # mail does not arrive, or will be refused, like this


_WORST_LAST = (Health.FINE, Health.UNKNOWN, Health.NOTE, Health.WARNING, Health.STOP)


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish. `name` is without the dot at the end."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}. IN {self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one check says in a sentence; `mend` would put it right, `records` are the very ones to publish."""

    check: str
    health: Health
    sentence: str
    mend: str = ""
    records: tuple[Record, ...] = ()

    @property
    def is_trouble(self) -> bool:
        """Tell whether somebody should do something about it."""
        return self.health in {Health.WARNING, Health.STOP}


def worst(diagnoses: Iterable[Diagnosis]) -> Health:
    """Return the worst of them; fine where there are none."""
    return max((each.health for each in diagnoses), key=_WORST_LAST.index, default=Health.FINE)


def quoted(text: str) -> str:
    """Return a TXT record's text as a zone file has it, in strings of at most 255 octets (RFC 1035, 3.3)."""
    pieces = [text[start : start + 255] for start in range(0, max(len(text), 1), 255)]
    return " ".join('"{}"'.format(piece.replace("\\", "\\\\").replace('"', '\\"')) for piece in pieces)
