"""The gate between what is due and what is claimed: who may go now, and who later. The pace stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from newsletter.domain.delivery import Outcome


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that is due. `slot` above 0: the gate gave it this time before, under that epoch.

    `attempts` counts the tries before this one.
    """

    email: str
    slot: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `slot` above 0 makes `due_at` (aware UTC) a place of its own; at 0 it is when to ask again.

    With a `reply` it is another day: the delivery's time begins anew then, and the words stand in the books. With
    `is_never` there is no other time.
    """

    due_at: datetime
    slot: int
    reply: str = ""
    is_never: bool = False


class Gate(Protocol):
    """Limits that hold over all processes together. Called inside the sender's transactions, and never waits."""

    def allowance(self, session: Session, now: datetime, wanted: int) -> int:
        """Return how many of `wanted` deliveries the transport may be given now, and count them as given."""
        ...

    def admit(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> Sequence[Later | None]:
        """Return for each candidate, in order, None when it may go now, else when to come again."""
        ...

    def settled(self, session: Session, now: datetime, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Take note of what became of admitted ones (address as in Candidate, outcome), each told once."""
        ...


class OpenGate:
    """No limits."""

    def allowance(self, session: Session, now: datetime, wanted: int) -> int:  # noqa: ARG002 - as Gate has it
        """Allow all of them."""
        return wanted

    def admit(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> Sequence[Later | None]:  # noqa: ARG002
        """Admit all of them."""
        return [None] * len(candidates)

    def settled(self, session: Session, now: datetime, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Take no note."""
