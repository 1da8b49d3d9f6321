"""The audit of an issue: what the sink accepted against what the ledger says of every reader."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from pathlib import Path

from newsletter.delivery import ledger
from newsletter.delivery.ledger import Line
from newsletter.delivery.states import DeliveryState
from subscribers.database import Database

_OPEN = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)

Copies = dict[str, list[str]]  # by address: Message-ID and hash of each copy, as the sink recorded them


@dataclass(slots=True)
class Findings:
    """What a night came to. `swept` were put in doubt after kills, `doubts` by lost replies as well.

    `doubled` readers got more than one of the `copies`. `wrong` says in a sentence each what must never be.
    """

    readers: int = 0
    kills: int = 0
    swept: int = 0
    most_swept: int = 0  # left by those who were alive at once
    doubts: int = 0
    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    copies: int = 0
    doubled: int = 0
    lost: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Add another night's."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, max(mine, theirs) if each.name == "most_swept" else mine + theirs)


def recorded(file: Path) -> Copies:
    """Read the sink's record."""
    copies: Copies = defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            email, rest = line.rstrip("\n").split("\t", 1)
            copies[email].append(rest)
    return copies


def audit(database: Database, issue: int, copies: Copies, found: Findings) -> None:
    """Compare the record with the ledger, reader by reader."""
    with database.reading() as session:
        lines = ledger.deliveries_of(session, issue_id=issue)
        balance, enqueued = ledger.balance(session, issue), ledger.enqueued(session, issue)
    if sum(balance.values()) != enqueued or enqueued != len(lines):
        found.wrong.append(f"{enqueued} were enqueued, the books hold {dict(balance)}")
    found.accepted = balance[DeliveryState.ACCEPTED]
    found.rejected = balance[DeliveryState.REJECTED]
    found.in_doubt = balance[DeliveryState.IN_DOUBT]
    for line in lines:
        _compare(line, copies.get(line.email, []), found)
    if strangers := copies.keys() - {line.email for line in lines}:
        found.wrong.append(f"{len(strangers)} got mail whom nothing was owed")
    names = [each[0].split("\t")[0] for each in copies.values()]
    if len(set(names)) != len(names):
        found.wrong.append("two readers share a Message-ID")


def _compare(line: Line, got: list[str], found: Findings) -> None:
    found.doubts += line.doubts
    found.copies += len(got)
    found.doubled += len(got) > 1
    if line.state in _OPEN:
        found.wrong.append(f"{line.email} is {line.state} in the end")
    if line.state == DeliveryState.ACCEPTED and not got:
        found.lost += 1
        found.wrong.append(f"{line.email} is accepted and got nothing")
    if got and line.state != DeliveryState.ACCEPTED and not line.doubts:
        found.wrong.append(f"{line.email} is {line.state} without doubt and got {len(got)}")
    if len(got) > 1 + line.doubts:
        found.wrong.append(f"{line.email} got {len(got)} with {line.doubts} doubts")
    if len(set(got)) > 1:
        found.wrong.append(f"{line.email} got copies that differ")
