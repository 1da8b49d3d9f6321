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
# Where no terminal is, a row is a line however long, for grep and its like.
_wide = Console(width=1_000, highlight=False, markup=False, emoji=False, color_system=None)

as_json: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def write_json(value: object) -> None:
    """Print one JSON document; moments in ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=written))


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


def write_pairs(pairs: Mapping[str, object], *, keys: bool = False) -> None:
    """Print names and values, a line each. Names that are `keys` of the configuration stay as they are written."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(Text(name if keys else name.replace("_", " ")), Text(_shown(value)))
    _print(table)


def count(number: int, thing: str) -> str:
    """Return a number of things in words, such as `1 reader` and `2 readers`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _print(table: Table) -> None:
    if out.is_terminal:
        out.print(table)
        return
    with _wide.capture() as captured:
        _wide.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def written(value: object) -> str:
    """Return what JSON has no word for: moments in ISO 8601, else its text."""
    return value.isoformat() if isinstance(value, date) else str(value)
