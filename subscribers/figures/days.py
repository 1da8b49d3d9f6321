"""What happened day by day, and how many were active at each day's end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers.figures.counting import Count
from subscribers.figures.kept import counts
from subscribers.figures.spans import day_of
from subscribers.models import Subscription
from subscribers.states import Event, State


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the newsroom. All are subscriptions: a reader of two newsletters counts as two.

    `signed_up` asked and were not active before, each once a day. `confirmed`, `imported` and `returned` became
    active by it; `left` and `undone` (with their import) ceased to be. `complained`, `erased` and `bounced` are
    all to whom it happened, also where they had left before, or stay. `growth` is the change of `active`, which is
    how many were at the end of the day.
    """

    date: date
    signed_up: int = 0
    confirmed: int = 0
    imported: int = 0
    returned: int = 0
    left: int = 0
    complained: int = 0
    erased: int = 0
    undone: int = 0
    bounced: int = 0
    growth: int = 0
    active: int = 0


def days(
    session: Session, zone: ZoneInfo, since: date, until: date, *, newsletter: str | None = None, today: date
) -> list[Day]:
    """Return the newsroom's days from `since` to `until`, both included, of a newsletter or of all.

    How many were active is worked out backwards from those who are now, so the days between `until` and `today`
    are counted too.
    """
    last = max(until, today)
    spans = {
        since + timedelta(days=number): day_of(since + timedelta(days=number), zone)
        for number in range((last - since).days + 1)
    }
    counted = counts(session, spans.values())
    told = [_day(day, _of(counted[span], newsletter)) for day, span in spans.items()]
    return [day for day in _with_active(told, _active(session, newsletter)) if day.date <= until]


def _of(counted: list[Count], newsletter: str | None) -> list[Count]:
    return [one for one in counted if newsletter in {None, one.newsletter}]


def _day(day: date, counted: list[Count]) -> Day:
    told: Counter[Event] = Counter()
    changed: Counter[Event] = Counter()
    for one in counted:
        told[one.event] += one.events
        changed[one.event] += abs(one.growth)
    return Day(
        date=day,
        signed_up=sum(one.readers for one in counted if one.event is Event.SIGNED_UP and not one.was_active),
        confirmed=changed[Event.CONFIRMED],
        imported=changed[Event.IMPORTED],
        returned=changed[Event.RETURNED],
        left=changed[Event.UNSUBSCRIBED],
        complained=told[Event.COMPLAINED],
        erased=told[Event.ERASED],
        undone=changed[Event.IMPORT_UNDONE],
        bounced=told[Event.BOUNCED],
        growth=sum(one.growth for one in counted),
    )


def _active(session: Session, newsletter: str | None) -> int:
    wanted = select(func.count()).select_from(Subscription).where(Subscription.state == State.ACTIVE)
    if newsletter is not None:
        wanted = wanted.where(Subscription.newsletter == newsletter)
    return session.scalar(wanted) or 0


def _with_active(told: list[Day], at_the_end: int) -> list[Day]:
    """Fill in how many were active at each day's end, backwards from the last."""
    filled = []
    for day in reversed(told):
        filled.append(replace(day, active=at_the_end))
        at_the_end -= day.growth
    return filled[::-1]
