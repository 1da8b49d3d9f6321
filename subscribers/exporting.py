"""The register as a file: streamed, so that its size does not matter, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, Subscription, Suppression
from subscribers.spreadsheet import harmless

COLUMNS = (
    "email",
    "name",
    "newsletter",
    "state",
    "sections",
    "language",
    "time_zone",
    "suppressed",
    "created_at",
    "changed_at",
)
_AT_ONCE = 1000


def rows(session: Session, newsletter: str | None) -> Iterator[dict[str, str]]:
    """Yield each subscription of a newsletter, or of all, whatever its state. Moments are ISO 8601 in UTC."""
    found = session.execute(_statement(newsletter).execution_options(yield_per=_AT_ONCE))
    for row in found.mappings():
        yield _as_text(row)


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


def _statement(newsletter: str | None) -> Select[*tuple[object, ...]]:
    statement = (
        select(
            Subscriber.email,
            Subscriber.name,
            Subscription.newsletter,
            Subscription.state,
            Subscription.sections,
            Subscriber.language,
            Subscriber.time_zone,
            Suppression.reason.label("suppressed"),
            Subscription.created_at,
            Subscription.changed_at,
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Suppression, Suppression.address_hash == Subscriber.address_hash)
        .order_by(Subscription.id)
    )
    return statement if newsletter is None else statement.where(Subscription.newsletter == newsletter)


def _as_text(row: RowMapping) -> dict[str, str]:
    return {key: value.isoformat() if isinstance(value, datetime) else value or "" for key, value in row.items()}
