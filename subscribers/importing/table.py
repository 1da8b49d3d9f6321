"""The rows of a CSV, one after the other, with the line on which each begins. Pure.

Divided by commas, semicolons or tabs. A quotation mark that is never closed would swallow the rest of the file:
the line that it stands on is refused, and reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from subscribers.importing.columns import Columns, recognise
from subscribers.importing.products import PLAIN
from subscribers.importing.report import Reason, Refusal

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose columns are known, and its rows, to be read once: a Refusal for what is no CSV."""

    columns: Columns
    rows: Iterator[Row | Refusal]


def read(lines: Iterable[str], chosen: Mapping[str, str] | None = None, file_name: str = "") -> Table:
    """Look at a file's first row and return the table. Raises UnknownColumns.

    `chosen` and `file_name` are for `recognise`.
    """
    records, before = _records(lines), list[Row | Refusal]()
    for record in records:
        before.append(record)
        if isinstance(record, tuple):
            columns = recognise(record[1], chosen, file_name)
            return Table(columns, chain(before[:-1] if columns.header else before, records))
    return Table(Columns(PLAIN, (), {}, {}), iter(before))


def _records(lines: Iterable[str]) -> Iterator[Row | Refusal]:
    taken = _Lines(lines)
    delimiter = taken.delimiter()
    reader = csv.reader(taken, delimiter=delimiter, strict=True)
    while True:
        taken.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refusal(taken.first, Reason.NO_CSV, f"is not CSV: {error}", (taken.give_back(),))
            reader = csv.reader(taken, delimiter=delimiter, strict=True)
            continue
        if any(cells) and any(cell.strip() for cell in cells):
            yield taken.first, cells


class _Lines:
    """A file's lines, counted. Those of the present record can be had again, but for its first."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.again: deque[str] = deque()
        self.record: list[str] = []
        self.first = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.lines)
        self.record.append(line)
        return line

    def delimiter(self) -> str:
        """Return what divides the first line that holds anything."""
        for line in self.lines:
            self.again.append(line.removeprefix("\ufeff") if not self.again else line)
            if line.strip(" \t\r\n,;\ufeff"):
                return max(",;\t", key=line.count)
        return ","

    def begin(self) -> None:
        """Begin with the next record."""
        self.first += len(self.record)
        self.record.clear()

    def give_back(self) -> str:
        """Return the present record's first line; its others come again."""
        first, *others = self.record
        self.again.extendleft(reversed(others))
        self.record = [first]
        return first.rstrip("\r\n")
