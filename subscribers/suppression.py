"""Addresses that must not be mailed, whatever their subscriptions say.

A suppression is a keyed hash with a reason, so it outlives the address itself. Who bounced or was erased may come
back by signing up and confirming: the confirmation mail proves that the address works and is theirs. Who
complained, or was barred by hand, gets no mail at all, not even that one, until an operator lifts it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session

from subscribers.addresses import normalise
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Suppression, SuppressionReason
from subscribers.tokens import Tokens

MAY_COME_BACK = frozenset({SuppressionReason.BOUNCED, SuppressionReason.ERASED})
_MILDEST_FIRST = (
    SuppressionReason.BOUNCED,
    SuppressionReason.ERASED,
    SuppressionReason.BY_HAND,
    SuppressionReason.COMPLAINED,
)


def suppress(
    session: Session, tokens: Tokens, email: str, reason: SuppressionReason, now: datetime, *, note: str = ""
) -> None:
    """Bar an address from now (aware UTC) on. A graver reason replaces a milder one, never the reverse.

    Raises InvalidAddress.
    """
    suppress_hash(session, tokens.address_hash(normalise(email).key), reason, now, note=note)


def suppress_hash(
    session: Session, address_hash: str, reason: SuppressionReason, now: datetime, *, note: str = ""
) -> None:
    """Bar the address of that hash, as `suppress` does."""
    wanted = SuppressionReason(reason)
    values = {"address_hash": address_hash, "reason": wanted, "note": note, "at": now}
    session.execute(insert_missing(session, Suppression, ["address_hash"]).values(values))
    kept = session.scalars(_of(address_hash).with_for_update()).one()
    if is_graver(wanted, SuppressionReason(kept.reason)):
        kept.reason, kept.note, kept.at = wanted, note, now
        session.flush()


def is_graver(reason: SuppressionReason, than: SuppressionReason) -> bool:
    """Tell whether a reason bars more than another."""
    return _MILDEST_FIRST.index(reason) > _MILDEST_FIRST.index(than)


def lift(session: Session, tokens: Tokens, email: str) -> bool:
    """Let an address be mailed again; tell whether it was barred. Raises InvalidAddress."""
    key = tokens.address_hash(normalise(email).key)
    gone = session.scalars(delete(Suppression).where(Suppression.address_hash == key).returning(Suppression.id))
    return bool(gone.all())


def is_suppressed(session: Session, tokens: Tokens, email: str) -> bool:
    """Tell whether an address is barred. Raises InvalidAddress."""
    return find(session, tokens.address_hash(normalise(email).key)) is not None


def find(session: Session, address_hash: str) -> Suppression | None:
    """Return what bars the address of that hash."""
    return session.scalars(_of(address_hash)).one_or_none()


def vetoed() -> ColumnElement[bool]:
    """Return the condition that a `Subscriber` of the surrounding statement is barred."""
    return exists().where(Suppression.address_hash == Subscriber.address_hash).correlate(Subscriber)


def barred_from_notices() -> ColumnElement[bool]:
    """Return the condition that a `Subscriber` may not even be sent a confirmation."""
    forever = [reason for reason in SuppressionReason if reason not in MAY_COME_BACK]
    return (
        exists()
        .where(Suppression.address_hash == Subscriber.address_hash, Suppression.reason.in_(forever))
        .correlate(Subscriber)
    )


def _of(address_hash: str) -> Select[Suppression]:
    return select(Suppression).where(Suppression.address_hash == address_hash)
