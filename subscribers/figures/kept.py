"""Days that are over are counted once: what has happened stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers.database import Database
from subscribers.figures.counting import Count, count
from subscribers.figures.spans import Span, day_of
from subscribers.inserting import insert_missing
from subscribers.models import DayCount, SubscriptionEvent
from subscribers.states import Event

# An event is dated when its transaction begins, and a long import is one day's work.
SETTLED_AFTER = timedelta(hours=12)
_DAY = timedelta(days=1)
_KEY = ("starts_at", "ends_at", "newsletter", "event", "was_active")


def keep_days(
    database: Database, zone: ZoneInfo, now: datetime, *, stop: Callable[[], bool] = lambda: False
) -> int:
    """Count each day there that ended some time ago and was not counted yet; return how many.

    It may be broken off.
    """
    with database.reading() as session:
        first = session.scalar(select(func.min(SubscriptionEvent.at)))
        known = {span.start for span in _kept_spans(session)}
    if first is None:
        return 0
    spans = _days(first.astimezone(zone).date(), (now - SETTLED_AFTER).astimezone(zone).date(), zone)
    missing = [span for span in spans if span.start not in known]
    for number, span in enumerate(missing):
        if stop():
            return number
        _keep(database, span)
    return len(missing)


def counts(session: Session, spans: Iterable[Span]) -> dict[Span, list[Count]]:
    """Return what happened in each span: as it was kept, else counted now."""
    wanted = list(spans)
    kept = _kept(session, wanted)
    first, last = session.execute(select(func.min(SubscriptionEvent.at), func.max(SubscriptionEvent.at))).one()
    for span in wanted:
        if first is None or last < span.start or (span.end is not None and span.end <= first):
            kept[span] = []  # before the first event, or after the last
    return {span: kept[span] if span in kept else count(session, span) for span in wanted}


def _days(first: date, end: date, zone: ZoneInfo) -> list[Span]:
    return [day_of(first + number * _DAY, zone) for number in range((end - first).days)]


def _kept_spans(session: Session) -> list[Span]:
    found = session.execute(select(DayCount.starts_at, DayCount.ends_at).where(DayCount.event == ""))
    return [Span(start, end) for start, end in found]


def _keep(database: Database, span: Span) -> None:
    """Count without a lock, then write: an import's day takes a while."""
    with database.reading() as session:
        rows = [one._asdict() for one in count(session, span)]
    of_day = {"starts_at": span.start, "ends_at": span.end}
    complete = {"newsletter": "", "event": "", "was_active": False, "events": 0, "readers": 0}
    with database.writing() as session:
        missing = insert_missing(session, DayCount, _KEY)
        session.execute(missing, [of_day | row for row in (complete, *rows)])


def _kept(session: Session, spans: list[Span]) -> dict[Span, list[Count]]:
    if not spans:
        return {}
    found = session.scalars(
        select(DayCount)
        .where(DayCount.starts_at >= min(span.start for span in spans))
        .where(DayCount.starts_at <= max(span.start for span in spans))
        .order_by(DayCount.starts_at, DayCount.ends_at)
    )
    days = groupby(found, lambda row: Span(row.starts_at, row.ends_at))
    return {span: [_read(row) for row in rows if row.event] for span, rows in days}


def _read(row: DayCount) -> Count:
    return Count(row.newsletter, Event(row.event), row.was_active, row.events, row.readers)
