"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Headlines and names are text: nothing in them is markup, nor an emoji's name.
out = Console(highlight=False, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, markup=False, emoji=False)
_WIDE = 1_000  # columns where no terminal is: a program reads a row a line

as_json: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def write_json(value: object) -> None:
    """Print one JSON document; moments in ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_written))


def write_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str], *, empty: str) -> None:
    """Print rows under headings, or the sentence that says why there are none."""
    lines = list(rows)
    if not lines:
        out.print(Text(empty))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in lines:
        table.add_row(*(Text(_shown(row[column])) for column in columns))
    _print(table)


def write_pairs(pairs: Mapping[str, object]) -> None:
    """Print names and values, a line each."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(Text(name.replace("_", " ")), Text(_shown(value)))
    _print(table)


def _print(table: Table) -> None:
    out.print(table, width=None if out.is_terminal else _WIDE)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
