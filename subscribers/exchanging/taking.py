"""Taking somebody's list in: vetoes are added, milder ones made graver, and none is lifted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers.addresses import InvalidAddress, normalise
from subscribers.evidence import Evidence
from subscribers.exchanging.entries import Entry
from subscribers.inserting import insert_missing
from subscribers.leaving import unsubscribe_all
from subscribers.models import Subscriber, Subscription, Suppression, SuppressionReason
from subscribers.suppression import is_graver
from subscribers.tokens import Tokens

AT_ONCE = 500  # entries of a transaction
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to become of some entries, by the hash of their address.

    `known` were barred already, for this reason or a graver one; `refused` name no address, each with why.
    """

    new: dict[str, Entry] = field(default_factory=dict)
    graver: dict[str, Entry] = field(default_factory=dict)
    known: int = 0
    refused: tuple[tuple[Entry, str], ...] = ()


def lots(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in as many as one transaction should take."""
    left = iter(entries)
    while lot := list(islice(left, AT_ONCE)):
        yield lot


def judge(session: Session, tokens: Tokens, entries: Sequence[Entry]) -> Judgement:
    """Say what `take` would do with some entries; of several of one address the gravest counts."""
    wanted: dict[str, Entry] = {}
    refused: list[tuple[Entry, str]] = []
    for entry in entries:
        try:
            key = _hash_of(tokens, entry)
        except InvalidAddress as invalid:
            refused.append((entry, str(invalid)))
            continue
        if key not in wanted or is_graver(entry.reason, wanted[key].reason):
            wanted[key] = entry
    barred = select(Suppression.address_hash, Suppression.reason).where(Suppression.address_hash.in_(wanted))
    kept = {key: SuppressionReason(reason) for key, reason in session.execute(barred)}
    new = {key: entry for key, entry in wanted.items() if key not in kept}
    graver = {key: entry for key, entry in wanted.items() if key in kept and is_graver(entry.reason, kept[key])}
    known = len(entries) - len(refused) - len(new) - len(graver)
    return Judgement(new, graver, known, tuple(refused))


def take(session: Session, tokens: Tokens, entries: Sequence[Entry], now: datetime) -> Judgement:
    """Bar these addresses, at most AT_ONCE; return what became of them. Again changes nothing."""
    judged = judge(session, tokens, entries)
    rows = [{"address_hash": key} | _columns(judged.new[key], now) for key in sorted(judged.new)]
    if rows:
        session.execute(insert_missing(session, Suppression, ["address_hash"]), rows)
    for key in sorted(judged.graver):
        session.execute(
            update(Suppression).where(Suppression.address_hash == key).values(_columns(judged.graver[key], now))
        )
    return judged


def leave(session: Session, emails: Iterable[str], evidence: Evidence, now: datetime) -> int:
    """End the subscriptions of readers who left elsewhere; return how many ended. They may come back."""
    ended = 0
    for email in emails:
        try:
            key = normalise(email).key
        except InvalidAddress:
            continue
        mine = select(Subscription.id).join(Subscriber).where(Subscriber.address == key).limit(1)
        number = session.scalars(mine).first()
        if number is not None:
            ended += unsubscribe_all(session, number, evidence, now)
    return ended


def _hash_of(tokens: Tokens, entry: Entry) -> str:
    if not entry.email and _HASH.fullmatch(entry.address_hash):
        return entry.address_hash
    return tokens.address_hash(normalise(entry.email).key)


def _nameless(entry: Entry) -> str:
    """Return the note without the address, which is kept as a hash alone; at least where it comes from."""
    said = re.sub(re.escape(entry.email), "…", entry.note, flags=re.IGNORECASE) if entry.email else entry.note
    return said.replace("\0", "") or (f"from {entry.source}" if entry.source else "")


def _columns(entry: Entry, now: datetime) -> dict[str, object]:
    return {"reason": entry.reason, "note": _nameless(entry), "source": entry.source[:32], "at": entry.at or now}
