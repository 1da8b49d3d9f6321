"""Cells that are safe to open in a spreadsheet. Pure.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or CR for a formula, and runs it. Such a cell
gets an apostrophe when we write it, and loses it when we read it back.
"""

from __future__ import annotations

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def plain(cell: str) -> str:
    """Return a cell without the apostrophe that `harmless` put before it, and without white space around it."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_SIGNS) else text
