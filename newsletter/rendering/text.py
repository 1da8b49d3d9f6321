"""Plain text that reads well: filled at 72 columns, addresses whole, one empty line at most."""

from __future__ import annotations

import re
import textwrap

WIDTH = 72

_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


def fill(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Return the text in lines of at most 72 columns; a longer word or address stays whole on its own line."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def tidy(text: str) -> str:
    """Return the text without blanks at line ends, with single empty lines, and with one line end at its end."""
    return _GAPS.sub("\n\n", _TRAILING.sub("", text)).strip("\n") + "\n"
