"""A list as CSV: ours, written and read again without loss, and the exports of mail products. Pure."""

from __future__ import annotations

import _csv
import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import IO

from subscribers.exchanging.entries import Entry, reason_of
from subscribers.spreadsheet import harmless, plain

COLUMNS = ("email", "reason", "at", "source", "note", "address_hash")
_NAMES = {
    "email": "email e-mail address emailaddress email_address recipient email_address",
    "reason": "reason suppressionreason suppression_reason type status",
    "at": "at date created created_at createdat lastupdatetime suppressed_at blockedat",
    "source": "source origin",
    "note": "note notes error description",
    "address_hash": "address_hash",
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split()}


class NoAddresses(ValueError):
    """The file has no column of addresses; the message is one sentence."""


class NoCsv(ValueError):
    """The file can't be read on; the message is one sentence."""


def write(entries: Iterable[Entry], file: IO[str]) -> int:
    """Write a header and the entries, safe to open in a spreadsheet; return how many.

    Open the file with `newline=""`.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    number = 0
    for number, entry in enumerate(entries, 1):  # noqa: B007 - the last number is the count
        at = entry.at.isoformat() if entry.at else ""
        cells = (entry.email, entry.reason, at, entry.source, entry.note, entry.address_hash)
        writer.writerow([harmless(cell) for cell in cells])
    return number


def read(lines: Iterable[str], source: str) -> Iterator[tuple[int, Entry]]:
    """Yield the line on which each row ends, and its entry. Raises NoAddresses, NoCsv.

    Divided by commas, semicolons or tabs. The first row names the columns, as we or others call them; a file of
    nothing but addresses needs no names. `source` is that of rows which do not say theirs. Unknown columns are
    passed over.
    """
    divided, delimiter = _divided(lines)
    reader = csv.reader(divided, delimiter=delimiter)
    try:
        yield from _rows(reader, source)
    except csv.Error as error:
        raise NoCsv(f"line {reader.line_num} of the file is not CSV: {error}") from None


def _divided(lines: Iterable[str]) -> tuple[Iterator[str], str]:
    """Return the lines, their octets that are wrong made visible, and what divides the first one's cells."""
    legible = (line.encode("utf-8", "replace").decode() for line in lines)
    first = next((line for line in legible if line.strip()), "")
    return chain([first], legible), max(",;\t", key=first.count)


def _rows(reader: _csv.Reader, source: str) -> Iterator[tuple[int, Entry]]:
    first = next((row for row in reader if any(cell.strip() for cell in row)), [])
    fields = [_FIELDS.get(cell.strip().lower().replace(" ", "_").removeprefix("\ufeff"), "") for cell in first]
    if not {"email", "address_hash"} & set(fields):
        if not first or "@" not in first[0]:
            raise NoAddresses('the file has no column of addresses; its first row should name one "email"')
        fields = ["email"]
        yield reader.line_num, _entry(dict(zip(fields, first, strict=False)), source)
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, _entry(dict(zip(fields, row, strict=False)), source)


def _entry(cells: dict[str, str], source: str) -> Entry:
    found = {name: plain(cell) for name, cell in cells.items() if name}
    word = found.get("reason", "")
    return Entry(
        found.get("email", ""),
        reason_of(word),
        moment(found.get("at", "")),
        found.get("note", "") or ("" if reason_of(word) == word else word),
        found.get("source", "") or source,
        found.get("address_hash", ""),
    )


def moment(text: str) -> datetime | None:
    """Return a moment as others write it, in ISO 8601 or as seconds since 1970; None for anything else."""
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
