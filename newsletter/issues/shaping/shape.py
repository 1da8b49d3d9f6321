"""Edits, and what they come to: each sets named fields, and of each field the latest value counts. Pure.

The fields of an issue: `subject`, `preheader`, `note`, `lead` (an article's id), `sections` (names in order),
`order/LANE` (ids in order), and for a story `place/ID`, `headline/ID`, `standfirst/ID`, `picture/ID`. Those of
the newsletter, which hold in all its issues: `pin/ID`, `sponsor/NUMBER`. None means: as it was assembled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OF_THE_NEWSLETTER = ("pin", "sponsor")
_LAYOUT = ("lead", "sections", "order", "place", "pin")
UNDO, REDO = "undo", "redo"


@dataclass(frozen=True, slots=True)
class Change:
    """One field's value, a JSON value, before and after."""

    field: str
    before: Any
    after: Any

    @property
    def is_of_newsletter(self) -> bool:
        """Tell whether it holds in other issues of the newsletter as well."""
        return _kind(self.field) in OF_THE_NEWSLETTER


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing an editor did, at a moment (aware UTC). `undoes` is the edit that an undo or a redo is about."""

    id: int
    at: datetime
    actor: str
    deed: str
    changes: tuple[Change, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Every field that editors set, with the number of the edit that set it last."""

    values: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return a field's value, None where it is as assembled."""
        return self.values.get(name)

    def version(self, *names: str) -> int:
        """Return the number of the last edit of these fields, 0 where there is none."""
        return max((self.versions.get(name, 0) for name in names), default=0)

    @property
    def layout_version(self) -> int:
        """The number of the last edit that moved anything."""
        return max((number for name, number in self.versions.items() if _kind(name) in _LAYOUT), default=0)

    def of(self, kind: str) -> dict[int, Any]:
        """Return what was set of one kind of field, by the number after the stroke: `place/12` under 12."""
        found = ((name.partition("/"), value) for name, value in self.values.items())
        return {int(number): value for (name, _, number), value in found if name == kind and value is not None}

    def change(self, name: str, after: Any) -> Change:
        """Return the change of a field to this value."""
        return Change(name, self.get(name), after)


def fold(edits: Iterable[Edit]) -> Shape:
    """Return what the edits, oldest first, come to."""
    values: dict[str, Any] = {}
    versions: dict[str, int] = {}
    for edit in edits:
        for change in edit.changes:
            values[change.field], versions[change.field] = change.after, edit.id
    return Shape(values, versions)


def undone(edit: Edit) -> tuple[Change, ...]:
    """Return the changes that take an edit back."""
    return tuple(Change(change.field, change.after, change.before) for change in reversed(edit.changes))


def can_be_undone(edit: Edit, shape: Shape) -> bool:
    """Tell whether every field still has the value that the edit gave it."""
    return all(shape.get(change.field) == change.after for change in edit.changes)


def last_to_undo(edits: Sequence[Edit], actor: str) -> Edit | None:
    """Return the latest of an editor's own edits that can be taken back: what others changed since stays."""
    done, _ = _stacks(edits, actor)
    shape = fold(edits)
    return next((edit for edit in reversed(done) if can_be_undone(edit, shape)), None)


def last_to_redo(edits: Sequence[Edit], actor: str) -> Edit | None:
    """Return the edit that the editor took back last, unless something else was done by them or to its fields."""
    _, taken_back = _stacks(edits, actor)
    shape = fold(edits)
    wanted = taken_back[-1] if taken_back else None
    as_before = wanted and all(shape.get(change.field) == change.before for change in wanted.changes)
    return wanted if as_before else None


def _stacks(edits: Sequence[Edit], actor: str) -> tuple[list[Edit], list[Edit]]:
    """Return what the editor did and what of it was taken back, each oldest first."""
    known = {edit.id: edit for edit in edits}
    done: list[Edit] = []
    taken_back: list[Edit] = []
    for edit in edits:
        if edit.actor != actor:
            continue
        target = known.get(edit.undoes or 0)
        if edit.deed == UNDO and target in done:
            done.remove(target)
            taken_back.append(target)
        elif edit.deed == REDO and target in taken_back:
            taken_back.remove(target)
            done.append(target)
        else:
            done, taken_back = [*done, edit], []
    return done, taken_back


def _kind(name: str) -> str:
    return name.partition("/")[0]
