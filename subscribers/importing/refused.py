"""The rows that were not taken, as a file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from subscribers.importing.report import Refusal
from subscribers.spreadsheet import harmless


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """Writes each refusal: its line, the kind, the reason, and what stood in the row."""

    rows: Callable[[list[str]], object]

    @classmethod
    def into(cls, file: IO[str], header: Sequence[str]) -> RefusedFile:
        """Begin a file; open it with `errors="surrogateescape"`, as wrong bytes are written as they were."""
        writer = csv.writer(file)
        writer.writerow(["line", "kind", "reason", *map(harmless, header)])
        return cls(writer.writerow)

    def __call__(self, refusal: Refusal) -> None:
        """Write one."""
        cells = (harmless(cell) for cell in refusal.cells)
        self.rows([str(refusal.line), refusal.reason, refusal.sentence, *cells])
