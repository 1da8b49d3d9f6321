"""A reader's choice of sections, as a set and as the register writes it. Pure; no section means all of them."""

from __future__ import annotations

from collections.abc import Iterable


def join(sections: Iterable[str]) -> str:
    """Return the choice as one text, the same for the same set. Raises ValueError for a comma in a name."""
    chosen = sorted({section.strip() for section in sections} - {""})
    for section in chosen:
        if "," in section:
            raise ValueError(f"the section name {section!r} holds a comma")
    return ",".join(chosen)


def split(text: str) -> frozenset[str]:
    """Return the choice that `join` wrote."""
    return frozenset(text.split(",")) - {""}
