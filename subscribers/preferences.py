"""What a reader chooses once subscribed: sections, how often, at what hour, language, name, a pause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from subscribers.addresses import plain_name
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import Frequency, Subscription
from subscribers.sections import join
from subscribers.states import Event, State, follow

_EMPTIED = "-"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants. No section means all; `hour` is 0 to 23 in the reader's zone, None the newsletter's.

    Name, language, zone (an IANA name, empty where it is not known) and tracking belong to the reader, so they
    hold for all of the reader's newsletters.
    """

    sections: frozenset[str] = frozenset()
    frequency: Frequency = Frequency.DAILY
    hour: int | None = None
    name: str = ""
    language: str = ""
    time_zone: str = ""
    tracking: bool = True


def wish_of(subscription: Subscription) -> Wish:
    """Return what stands at present."""
    reader = subscription.subscriber
    return Wish(
        sections=frozenset(filter(None, subscription.sections.split(","))),
        frequency=Frequency(subscription.frequency),
        hour=subscription.hour,
        name=reader.name,
        language=reader.language,
        time_zone=reader.time_zone,
        tracking=reader.tracking,
    )


def choose(session: Session, subscription_id: int, wish: Wish, evidence: Evidence, now: datetime) -> Subscription:
    """Keep the reader's choice. The event tells what changed, `-` where it was emptied.

    The same choice appends none. Raises LookupError when there is no such subscription, NoSuchTransition when its
    reader has left.
    """
    subscription = locked(session, subscription_id)
    subscription.state = follow(State(subscription.state), Event.PREFERENCES_CHANGED)
    reader = subscription.subscriber
    session.refresh(reader)
    wanted, before = _written(wish), _written(wish_of(subscription))
    if changed := {key: text or _EMPTIED for key, text in wanted.items() if text != before[key]}:
        subscription.sections, subscription.changed_at = wanted["sections"], now
        subscription.frequency, subscription.hour = wish.frequency, wish.hour
        reader.name, reader.language = wanted["name"], wish.language
        reader.time_zone, reader.tracking = wish.time_zone, wish.tracking
        append(session, subscription, Event.PREFERENCES_CHANGED, evidence, now, **changed)
    return subscription


def pause(
    session: Session, subscription_id: int, until: datetime | None, evidence: Evidence, now: datetime
) -> Subscription:
    """Send no issues until a moment (aware UTC); None ends a pause. The same again appends no event.

    Raises LookupError, and NoSuchTransition when the reader has left or has not confirmed.
    """
    subscription = locked(session, subscription_id)
    follow(State(subscription.state), Event.PAUSED)
    wanted = until if until is not None and until > now else None
    standing = subscription.paused_until
    if wanted != (standing if standing and standing > now else None):
        subscription.paused_until, subscription.changed_at = wanted, now
        told = wanted.isoformat() if wanted else _EMPTIED
        append(session, subscription, Event.PAUSED, evidence, now, until=told)
    return subscription


def _written(wish: Wish) -> dict[str, str]:
    return {
        "sections": join(wish.sections),
        "frequency": str(wish.frequency),
        "hour": "" if wish.hour is None else str(wish.hour),
        "name": plain_name(wish.name),
        "language": wish.language,
        "time_zone": wish.time_zone,
        "tracking": "" if wish.tracking else "off",
    }
