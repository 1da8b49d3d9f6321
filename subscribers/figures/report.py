"""All figures of a stretch of days together, and as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from subscribers.figures.days import Day, days
from subscribers.figures.departures import Departure, departures
from subscribers.figures.pages import Page, pages
from subscribers.figures.spans import span_of
from subscribers.spreadsheet import harmless

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures from `since` to `until`, both included. An empty `newsletter` is all of them together."""

    newsletter: str
    since: date
    until: date
    time_zone: str
    days: Sequence[Day]
    pages: Sequence[Page]
    departures: Sequence[Departure]

    def table(self, name: str) -> list[Row]:
        """Return one of the TABLES as rows of plain values."""
        return [_row(one) for one in getattr(self, name)]

    def total(self, name: str) -> int:
        """Return the sum of one of the days' columns."""
        return sum(getattr(day, name) for day in self.days)

    @property
    def has_any(self) -> bool:
        """Whether there is anything to tell: an event, or somebody who was active."""
        return any(day != Day(day.date) for day in self.days)


TABLES = ("days", "pages", "departures")
COLUMNS = {
    "days": tuple(each.name for each in fields(Day)),
    "pages": (*(each.name for each in fields(Page)), "rate"),
    "departures": tuple(each.name for each in fields(Departure)),
}


def report(
    session: Session, zone: ZoneInfo, now: datetime, since: date, until: date, *, newsletter: str | None = None
) -> Report:
    """Return the figures of the newsroom's days. Raises ValueError when `until` comes before `since`."""
    if until < since:
        raise ValueError(f"{until} comes before {since}; a stretch of days ends after it began.")
    span, today = span_of(since, until, zone), now.astimezone(zone).date()
    return Report(
        newsletter=newsletter or "",
        since=since,
        until=until,
        time_zone=zone.key,
        days=days(session, zone, since, until, newsletter=newsletter, today=today),
        pages=pages(session, span, newsletter=newsletter),
        departures=departures(session, span, newsletter=newsletter),
    )


def lately(now: datetime, zone: ZoneInfo, length: int = 30) -> tuple[date, date]:
    """Return the first and the last of so many days there, today being the last."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=length - 1), today


def as_csv(told: Report, name: str) -> str:
    """Return one of the TABLES with a header, safe to open in a spreadsheet. Numbers stay numbers."""
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS[name])
    writer.writeheader()
    for row in told.table(name):
        writer.writerow({key: harmless(cell) if isinstance(cell, str) else cell for key, cell in row.items()})
    return written.getvalue()


def as_json(told: Report) -> Row:
    """Return everything as what JSON can say; days in ISO 8601."""
    head: Row = {
        "newsletter": told.newsletter or None,
        "since": told.since.isoformat(),
        "until": told.until.isoformat(),
        "time_zone": told.time_zone,
    }
    return head | {name: told.table(name) for name in TABLES}


def _row(one: Day | Page | Departure) -> Row:
    row = {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(one).items()}
    if isinstance(one, Page):
        row["rate"] = round(one.rate, 4)
    elif isinstance(one, Departure):
        row["event"] = str(one.event)
    return row
