"""Puts what was measured into a Markdown file, between `<!-- name -->` and `<!-- /name -->`; names the machine."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import ssl
from collections.abc import Sequence
from pathlib import Path


def put(file: Path, name: str, text: str) -> None:
    """Replace what stands between the marks. Raises ValueError when the file has none of that name."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = file.read_text().partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{file} has no place between {start} and {end}")
    file.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}")


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; every column but the first is set to the right."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Return one sentence on where this runs."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return (
        f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), Linux {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}."
    )
