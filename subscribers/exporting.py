"""The register as a file: streamed, so that its size does not matter, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from subscribers.finding import Search, is_meant
from subscribers.models import Subscriber, Subscription, Suppression
from subscribers.spreadsheet import harmless

COLUMNS = (
    "email",
    "name",
    "newsletter",
    "state",
    "sections",
    "frequency",
    "hour",
    "paused_until",
    "language",
    "time_zone",
    "tracking",
    "suppressed",
    "created_at",
    "changed_at",
)
_AT_ONCE = 1000


_ALL = Search()


def rows(session: Session, search: Search = _ALL) -> Iterator[dict[str, str]]:
    """Yield each subscription that is looked for, which is each there is by default. Moments are ISO 8601 in UTC.

    Of who was erased there is nothing to tell.
    """
    found = session.execute(_statement(search).execution_options(yield_per=_AT_ONCE))
    for row in found.mappings():
        yield {key: _as_text(value) for key, value in row.items()}


def csv_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield a header and a line for each row, safe to open in a spreadsheet."""
    writer = csv.DictWriter(_Echo(), COLUMNS)
    yield writer.writeheader()
    for row in rows:
        yield writer.writerow({key: harmless(text) for key, text in row.items()})


def json_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield the parts of one JSON array: its beginning, each row on a line, its end."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(dict(row), ensure_ascii=False)
    yield "\n]\n"


def write_csv(rows: Iterable[Mapping[str, str]], file: IO[str]) -> int:
    """Write `csv_lines` to a file that was opened with `newline=""`; return how many rows those were."""
    return _write(csv_lines(rows), file) - 1


def write_json(rows: Iterable[Mapping[str, str]], file: IO[str]) -> int:
    """Write `json_lines` to a file; return how many rows those were."""
    return _write(json_lines(rows), file) - 2


def _write(lines: Iterable[str], file: IO[str]) -> int:
    number = 0
    for number, line in enumerate(lines, 1):  # noqa: B007 - the last number is the count
        file.write(line)
    return number


class _Echo:
    """Gives back what a CSV writer writes, as the writer itself does then."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _statement(search: Search) -> Select[*tuple[object, ...]]:
    wanted = [*search.of_readers(), *search.of_subscriptions()]
    if search.typed:
        wanted.append(is_meant(search.typed))
    return (
        select(
            Subscriber.email,
            Subscriber.name,
            Subscription.newsletter,
            Subscription.state,
            Subscription.sections,
            Subscription.frequency,
            Subscription.hour,
            Subscription.paused_until,
            Subscriber.language,
            Subscriber.time_zone,
            Subscriber.tracking,
            Suppression.reason.label("suppressed"),
            Subscription.created_at,
            Subscription.changed_at,
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Suppression, Suppression.address_hash == Subscriber.address_hash)
        .where(*wanted)
        .order_by(Subscription.id)
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
