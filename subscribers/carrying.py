"""Two rows of one person: who changes to an address that has a row of its own goes on there.

What the old row got the new one gets, with the same choices; what it got already stays as it is there. So nothing
is lost, and nothing comes twice. The old row's subscriptions end, so its history and its old links stay true.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from subscribers.entering import subscription_of
from subscribers.evidence import Evidence, append
from subscribers.leaving import unsubscribe
from subscribers.models import Subscriber, Subscription
from subscribers.states import Event, State, follow

MOVED = "moved"  # the reason for which the old row's subscriptions end
_ENDINGS = frozenset({Event.UNSUBSCRIBED, Event.COMPLAINED, Event.ERASED})
_PERSONAL = ("name", "language", "time_zone")
_CHOSEN = ("sections", "frequency", "hour", "paused_until")


def carry(session: Session, reader: Subscriber, other: Subscriber, evidence: Evidence, now: datetime) -> None:
    """Let `other` get what `reader` gets, and end that. Both rows are locked."""
    if not _active(other):
        for name in _PERSONAL:
            setattr(other, name, getattr(reader, name) or getattr(other, name))
    other.tracking = other.tracking and reader.tracking
    for mine in _active(reader):
        _take_over(session, mine, other, evidence, now)
        unsubscribe(session, mine.id, evidence, now, reason=MOVED)


def carry_back(session: Session, reader: Subscriber, moment: datetime, evidence: Evidence, now: datetime) -> None:
    """Take back the endings of a moment at which the reader's subscriptions were carried to another row."""
    for mine in sorted(reader.subscriptions, key=lambda each: each.id):
        if mine.state == State.UNSUBSCRIBED and _was_carried(mine, moment):
            mine.state, mine.changed_at = follow(State.UNSUBSCRIBED, Event.RETURNED), now
            append(session, mine, Event.RETURNED, evidence, now)


def _was_carried(mine: Subscription, moment: datetime) -> bool:
    """Tell whether being carried ended it last. Its address may have bounced or been barred since."""
    last = [each for each in mine.events if each.event in _ENDINGS][-1]
    return last.at == moment and last.detail.get("reason") == MOVED


def _take_over(session: Session, mine: Subscription, other: Subscriber, evidence: Evidence, now: datetime) -> None:
    theirs = subscription_of(session, other, mine.newsletter)
    if theirs is not None and theirs.state == State.ACTIVE:
        return
    state = None if theirs is None else State(theirs.state)
    if theirs is None:
        theirs = Subscription(subscriber_id=other.id, newsletter=mine.newsletter, created_at=now)
        session.add(theirs)
    theirs.state, theirs.changed_at = follow(state, Event.SIGNED_UP), now
    for name in _CHOSEN:
        setattr(theirs, name, getattr(mine, name))
    session.flush()
    append(session, theirs, Event.SIGNED_UP, evidence, now, moved_from=str(mine.id))
    theirs.state = follow(State(theirs.state), Event.CONFIRMED)
    append(session, theirs, Event.CONFIRMED, evidence, now)


def _active(reader: Subscriber) -> list[Subscription]:
    mine = sorted(reader.subscriptions, key=lambda each: each.id)
    return [each for each in mine if each.state == State.ACTIVE]
