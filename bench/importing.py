"""What taking readers in costs: `python -m bench.importing --rows 1000000 [--postgres]` prints JSON lines.

A made-up list of addresses and names is written to a file, and the file is imported as the command does: encoding
found, columns recognised, addresses checked, evidence kept. `rows_per_s` is by a wall clock, `cpu_s` this
process's processor time (SQLite's own with it, a PostgreSQL server's without). `peak_mb` is the most memory this
process ever held, which a file of ten times the rows must not change much.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.ledger import opened
from subscribers import importing
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.importing import Import, ImportReport, Rules
from subscribers.tokens import Tokens

NOW = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
TOKENS = Tokens("a secret of the bench, long enough for it")
_NAMES = ("Ada", "Björn Ødegård", "Chidi Anagonye", "Дарья Иванова", "Eve", "François L'Épée", "", "Gül Şahin")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--again", action="store_true", help="import the file twice, and measure both")
    parser.add_argument("--dry-run", action="store_true", help="look first, and measure that too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-importing-") as folder:
        file = Path(folder) / "readers.csv"
        _write(file, options.rows)
        with opened(on_postgres=options.postgres) as database:
            if options.dry_run:
                _print("dry run", file, database, importing.foresee)
            _print("new", file, database, importing.take)
            if options.again:
                _print("again", file, database, importing.take)


def _write(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["email", "name", "confirmed at"])
        for number in range(rows):
            scattered = number * 7_368_787 % 99_999_989  # addresses come in no order, as lists do
            email = f"reader.{scattered}@mail{number % 40}.reader.example"
            writer.writerow([email, _NAMES[number % len(_NAMES)], "2024-05-01 10:00:00"])


def _print(what: str, file: Path, database: Database, run: Callable[..., ImportReport]) -> None:
    before, cpu_before = time.perf_counter(), time.process_time()
    with file.open("rb") as octets:
        table = importing.read(importing.decode(octets).lines, None, file.name)
        evidence = Evidence("import", actor="bench", consent_text="made up")
        report = run(database, TOKENS, Import(table, Rules("evening"), evidence, lambda: NOW, file.name))
    taken = time.perf_counter() - before
    found = {
        "bench": "importing",
        "what": what,
        "database": database.engine.dialect.name,
        "rows": report.rows,
        "added": report.added,
        "rows_per_s": round(report.rows / taken),
        "seconds": round(taken, 2),
        "cpu_s": round(time.process_time() - cpu_before, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
