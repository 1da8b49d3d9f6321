"""Rows of a CSV as spreadsheets and mailing tools write them. Pure.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or CR for a formula, and runs it. Such a cell
gets an apostrophe when we write it, and loses it when we read it back.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_HEADERS: Mapping[str, str] = {
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "address": "email",
    "email address": "email",
    "e-mail address": "email",
    "email_address": "email",
    "name": "name",
    "full name": "name",
    "full_name": "name",
    "section": "sections",
    "sections": "sections",
    "language": "language",
    "time_zone": "time_zone",
    "time zone": "time_zone",
    "timezone": "time_zone",
}
_WITHOUT_HEADER = ("email", "name", "sections")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def plain(cell: str) -> str:
    """Return a cell without the apostrophe that `harmless` put before it, and without white space around it."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_SIGNS) else text


def rows(lines: Iterable[str], refuse: Callable[[int, str], None]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each row that holds anything: the number of its last line, and its cells by column.

    Columns are `email`, `name`, `sections`, `language` and `time_zone`, as the first row names them; without such
    a row they are email, name, sections. Divided by commas, semicolons or tabs. `refuse` is told the line and the
    reason of what is no CSV.
    """
    columns: Sequence[str] = ()
    for line, cells in _records(lines, refuse):
        if not columns:
            columns, is_header = _columns(cells)
            if is_header:
                continue
        yield line, {column: plain(cell) for column, cell in zip(columns, cells, strict=False) if column}


def _records(lines: Iterable[str], refuse: Callable[[int, str], None]) -> Iterator[tuple[int, list[str]]]:
    text = iter(lines)
    first = next(text, "").removeprefix("\ufeff")
    reader = csv.reader(_chained(first, text), delimiter=max(",;\t", key=first.count), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(reader.line_num, f"is not CSV: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _columns(cells: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Return the columns' names, empty for those of no use, and whether the first row gave them."""
    named = [_HEADERS.get(cell.strip().lower(), "") for cell in cells]
    if "email" in named and not any("@" in cell for cell in cells):
        return named, True
    return _WITHOUT_HEADER, False
