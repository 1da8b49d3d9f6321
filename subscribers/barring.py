"""Barring an address by hand, and lifting what bars it, with an event for whoever has the address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.addresses import normalise
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Subscriber, Subscription, SuppressionReason
from subscribers.states import Event, State, follow
from subscribers.tokens import Tokens


def bar(
    session: Session, tokens: Tokens, email: str, evidence: Evidence, now: datetime, *, note: str = ""
) -> bool:
    """Bar an address by hand, known or not, from `now` (aware UTC) on; tell whether that changed anything.

    Subscriptions stay as they are. A graver reason that bars it already stays. Raises InvalidAddress.
    """
    key = normalise(email).key
    theirs, before = _locked(session, key), _reason(session, tokens, key)
    suppression.suppress(session, tokens, key, SuppressionReason.BY_HAND, now, note=note)
    if before == _reason(session, tokens, key):
        return False
    for each in theirs:
        follow(State(each.state), Event.SUPPRESSED)
        append(session, each, Event.SUPPRESSED, evidence, now, reason=SuppressionReason.BY_HAND, note=note)
    return True


def lift(session: Session, tokens: Tokens, email: str, evidence: Evidence, now: datetime) -> bool:
    """Let an address be mailed again; tell whether it was barred. Raises InvalidAddress.

    Who has left stays so: only the reader comes back.
    """
    key = normalise(email).key
    theirs, reason = _locked(session, key), _reason(session, tokens, key)
    if not suppression.lift(session, tokens, key):
        return False
    for each in theirs:
        follow(State(each.state), Event.SUPPRESSION_LIFTED)
        append(session, each, Event.SUPPRESSION_LIFTED, evidence, now, reason=reason)
    return True


def _reason(session: Session, tokens: Tokens, key: str) -> str:
    found = suppression.find(session, tokens.address_hash(key))
    return found.reason if found else ""


def _locked(session: Session, key: str) -> list[Subscription]:
    """Return the subscriptions of whoever has the address, locked before its veto is, as by everybody else."""
    mine = select(Subscription.id).join(Subscriber).where(Subscriber.address == key).order_by(Subscription.id)
    return [locked(session, number) for number in session.scalars(mine).all()]
