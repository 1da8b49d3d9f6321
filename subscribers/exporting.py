"""The register as a file: streamed, so that its size does not matter, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, Subscription, Suppression
from subscribers.spreadsheet import harmless
from subscribers.states import State

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


def rows(session: Session, newsletter: str | None = None, state: State | None = None) -> Iterator[dict[str, str]]:
    """Yield each subscription of a newsletter, or of all, in one state, or in any. Moments are ISO 8601 in UTC.

    Of who was erased there is nothing to tell.
    """
    found = session.execute(_statement(newsletter, state).execution_options(yield_per=_AT_ONCE))
    for row in found.mappings():
        yield {key: _as_text(value) for key, value in row.items()}


def write_csv(rows: Iterable[Mapping[str, str]], file: IO[str]) -> int:
    """Write a header and the rows, safe to open in a spreadsheet; return how many.

    Open the file with `newline=""`.
    """
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
        writer.writerow({key: harmless(text) for key, text in row.items()})
    return number


def write_json(rows: Iterable[Mapping[str, str]], file: IO[str]) -> int:
    """Write the rows as one JSON array, one a line; return how many."""
    number = 0
    file.write("[")
    for number, row in enumerate(rows, 1):
        file.write(("\n" if number == 1 else ",\n") + json.dumps(dict(row), ensure_ascii=False))
    file.write("\n]\n")
    return number


def _statement(newsletter: str | None, state: State | None) -> Select[*tuple[object, ...]]:
    statement = (
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
        .where(Subscriber.erased_at.is_(None))
        .order_by(Subscription.id)
    )
    if newsletter is not None:
        statement = statement.where(Subscription.newsletter == newsletter)
    return statement if state is None else statement.where(Subscription.state == state)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
