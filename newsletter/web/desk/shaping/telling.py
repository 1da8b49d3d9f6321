"""Edits told in words, and values compared. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.issues.shaping.shape import Change, Edit

_DEEDS = {
    "move": "moved a story",
    "up": "moved a story up",
    "down": "moved a story down",
    "lead": "chose the lead",
    "drop": "dropped a story",
    "bring back": "brought a story back",
    "add": "added a story",
    "pin": "pinned a story",
    "unpin": "took a pin away",
    "section": "moved a section",
    "undo": "undid",
    "redo": "did again",
    "put back": "put back",
}
_FIELDS = {
    "subject": "the subject",
    "preheader": "the preheader",
    "note": "the note",
    "lead": "the lead",
    "sections": "the order of the sections",
    "headline": "a headline",
    "standfirst": "a standfirst",
    "picture": "a picture",
    "sponsor": "a sponsor’s block",
    "place": "the place of a story",
    "pin": "a pin",
    "order": "the order",
}
_WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a comparison: `same`, `gone` or `new`."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """One field's change: what it is called, and the comparison."""

    field: str
    pieces: tuple[Piece, ...]


def deed_in_words(edit: Edit) -> str:
    """Return what somebody did, to stand after their name: `rewrote the subject`."""
    what = _DEEDS.get(edit.deed)
    if what and edit.deed in {"undo", "redo", "put back"}:
        return f"{what}: {field_in_words(edit.changes[0].field)}"
    return what or f"changed {field_in_words(edit.changes[0].field)}"


def field_in_words(field: str) -> str:
    """Return what a field is called."""
    return _FIELDS[field.partition("/")[0]]


def told(changes: Sequence[Change], titles: Mapping[int, str]) -> tuple[Told, ...]:
    """Return each change as a comparison; stories are called by `titles`."""
    return tuple(Told(named(change.field, titles), _pieces(change, titles)) for change in changes)


def in_words(field: str, value: Any, titles: Mapping[int, str]) -> str:
    """Return a field's value as an editor reads it; what is as assembled is `as assembled`."""
    kind = field.partition("/")[0]
    if value is None:
        return {"pin": "not pinned", "sponsor": "no block"}.get(kind, "as assembled")
    tell: dict[str, Callable[[Any], str]] = {
        "lead": lambda number: titles.get(number, f"story {number}"),
        "order": lambda order: " · ".join(titles.get(number, f"story {number}") for number in order),
        "sections": lambda names: " · ".join(name or "without section" for name in names),
        "place": _place,
        "pin": lambda pin: f"until {pin['until'][:16].replace('T', ' ')} UTC",
        "picture": _parts,
        "sponsor": _parts,
    }
    return tell.get(kind, str)(value)


def compared(before: str, after: str) -> tuple[Piece, ...]:
    """Return the words that are the same, gone and new, in order."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for kind, i, j, k, end in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
            continue
        pieces += [Piece("gone", "".join(old[i:j]))] * (j > i) + [Piece("new", "".join(new[k:end]))] * (end > k)
    return tuple(pieces)


def _pieces(change: Change, titles: Mapping[int, str]) -> tuple[Piece, ...]:
    before, after = (in_words(change.field, value, titles) for value in (change.before, change.after))
    if change.before is None or change.after is None:
        return Piece("gone", before), Piece("new", after)
    return compared(before, after)


def named(field: str, titles: Mapping[int, str]) -> str:
    """Return what a field is called, with the story or the section that it is about."""
    kind, _, rest = field.partition("/")
    if kind == "order":
        return f"Order of {rest.partition(':')[2] or rest}"
    words = field_in_words(field).removeprefix("the ").removeprefix("a ")
    title = titles.get(int(rest)) if rest.isdecimal() and kind != "sponsor" else None
    return f"{words[:1].upper()}{words[1:]}" + (f" – {title}" if title else "")


def _place(value: Mapping[str, Any]) -> str:
    if value["role"] == "dropped":
        return "dropped"
    return value["section"] or "without section" if value["role"] == "section" else f"{value['role']} today"


def _parts(value: Mapping[str, Any]) -> str:
    flat = (_parts(part) if isinstance(part, Mapping) else str(part) for part in value.values())
    return " · ".join(part for part in flat if part) or "none"
