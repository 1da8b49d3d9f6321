"""What a reader chooses once subscribed: sections, name, language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from subscribers.addresses import plain_name
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Subscription
from subscribers.sections import join
from subscribers.states import Event, State, follow


def choose(
    session: Session,
    subscription_id: int,
    *,
    sections: Iterable[str],
    name: str,
    language: str,
    evidence: Evidence,
    now: datetime,
) -> Subscription:
    """Keep the reader's choice; no section means all. The event tells what changed, `-` where it
    was emptied; the same choice appends none.

    Name and language belong to the reader, so they hold for all of the reader's newsletters. Raises LookupError
    when there is no such subscription, NoSuchTransition when its reader has left.
    """
    subscription = locked(session, subscription_id)
    subscription.state = follow(State(subscription.state), Event.PREFERENCES_CHANGED)
    reader = subscription.subscriber
    session.refresh(reader)
    wanted = {"sections": join(sections), "name": plain_name(name), "language": language}
    before = {"sections": subscription.sections, "name": reader.name, "language": reader.language}
    if changed := {key: text or "-" for key, text in wanted.items() if text != before[key]}:
        subscription.sections, subscription.changed_at = wanted["sections"], now
        reader.name, reader.language = wanted["name"], wanted["language"]
        append(session, subscription, Event.PREFERENCES_CHANGED, evidence, now, **changed)
    return subscription
