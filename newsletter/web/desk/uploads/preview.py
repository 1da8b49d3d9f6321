"""What a file seems to be: its encoding, its columns with a few cells of each, and what each is taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO

from newsletter.web.desk.uploads.shelf import Shelf, Upload
from newsletter.web.desk.uploads.working import opened
from subscribers import importing
from subscribers.importing import Refusal, Table

_ROWS = 3
_MOST_COLUMNS = 100
_LONGEST_CELL = 80


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file. `field` is what it is taken for, empty where it is not used."""

    name: str
    field: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """The file as it is read. `trouble` is why it can't be taken in like this."""

    encoding: str = ""
    product: str = ""
    caution: str = ""
    everybody: str = ""
    columns: Sequence[Column] = ()
    trouble: str = ""


def preview(shelf: Shelf, upload: Upload) -> Preview | None:
    """Look at a file's beginning; None where the file is gone, as it is once it was taken in."""
    try:
        with shelf.rows_of(upload.key).open("rb") as file:
            return _preview(upload, file)
    except FileNotFoundError:
        return None


def _preview(upload: Upload, file: IO[bytes]) -> Preview:
    try:
        encoding = importing.decode(file, upload.encoding).encoding
        file.seek(0)
        return _seen(opened(upload, file), encoding)
    except importing.UnknownEncoding as trouble:
        return Preview(trouble=str(trouble))
    except importing.UnknownColumns as trouble:
        file.seek(0)
        seen = _seen(opened(replace(upload, columns={"email": "1"}), file), encoding)
        unknown = [replace(column, field="") if column.field == "email" else column for column in seen.columns]
        return replace(seen, columns=unknown, trouble=str(trouble))


def _seen(table: Table, encoding: str) -> Preview:
    columns = table.columns
    rows = [row[1] for row in islice(table.rows, _ROWS) if not isinstance(row, Refusal)]
    fields = {place: name for name, place in columns.places.items()}
    width = max([len(columns.header), *(len(row) for row in rows), 0])
    return Preview(
        encoding=encoding,
        product=columns.product.named,
        caution=columns.product.caution,
        everybody=str(columns.everybody or ""),
        columns=[
            Column(columns.name(place), fields.get(place, ""), _cells(rows, place))
            for place in range(min(width, _MOST_COLUMNS))
        ],
    )


def _cells(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    found = [row[place][:_LONGEST_CELL] for row in rows if place < len(row)]
    return ["".join(sign for sign in cell if sign.isprintable()) for cell in found]
