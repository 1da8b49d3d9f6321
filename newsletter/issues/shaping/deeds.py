"""What each deed of an editor changes, worked out from the board as it stands. Pure.

Every function returns changes of fields; where there is nothing to change, none. One that means nothing here
raises Impossible with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newsletter.domain.article import Article
from newsletter.issues.placing import Placed
from newsletter.issues.shaping.board import ALSO, ARCHIVE, DROPPED, LEAD, SECTION, Board, beneath, lane_of
from newsletter.issues.shaping.shape import Change, Shape

Changes = tuple[Change, ...]


class Impossible(Exception):
    """The deed means nothing for this story here; the sentence says why."""


def moved(board: Board, shape: Shape, story: int, lane: str, before: int | None = None) -> Changes:
    """Put a story into a lane, before another story of it or at its end."""
    one = _standing(board, story)
    role, _, section = lane.partition(":")
    if role not in {SECTION, ALSO, ARCHIVE}:
        raise Impossible(f"A story cannot be moved to “{lane}”; name a section, “also” or “archive”.")
    order = [number for number in board.lane(lane) if number != story]
    order.insert(order.index(before) if before in order else len(order), story)
    changes = [shape.change(f"order/{lane}", order)]
    if lane_of(one.role, one.section) != lane:
        changes += _placed(shape, story, role, section if role == SECTION else one.section)
    return _real(changes)


def stepped(board: Board, shape: Shape, story: int, step: int) -> Changes:
    """Move a story one place up (-1) or down (1): within its lane, or over into the next."""
    one = _standing(board, story)
    lane = lane_of(one.role, one.section)
    if one.role == LEAD:
        raise Impossible("The lead stands above all others; let another story lead, or move it to a section.")
    ids = board.lane(lane)
    place = ids.index(story) + step
    if 0 <= place < len(ids):
        others = [number for number in ids if number != story]
        return moved(board, shape, story, lane, others[place] if place < len(others) else None)
    lanes = [key for key in board.lanes() if key not in {LEAD, ARCHIVE}]
    beside = lanes.index(lane) + step if lane in lanes else -1
    if not 0 <= beside < len(lanes):
        raise Impossible(f"“{one.article.title}” is the {'first' if step < 0 else 'last'} of its kind already.")
    target = lanes[beside]
    return moved(board, shape, story, target, board.lane(target)[0] if step > 0 else None)


def led_by(board: Board, shape: Shape, story: int) -> Changes:
    """Let a story lead the issue."""
    one = _standing(board, story)
    if one.role == LEAD:
        return ()
    return _real([shape.change(LEAD, story), *_first_beneath(board, shape, story)])


def without(board: Board, shape: Shape, story: int) -> Changes:
    """Take a story out of the issue; `was` remembers where it had been put."""
    one = _standing(board, story)
    gone = {"role": DROPPED, "section": one.section, "was": shape.get(f"place/{story}")}
    changes = [shape.change(f"place/{story}", gone)]
    if shape.get(LEAD) == story:
        changes.append(shape.change(LEAD, None))
    return tuple(changes)


def brought_back(shape: Shape, story: int) -> Changes:
    """Bring a dropped story back to where it had been."""
    place = shape.get(f"place/{story}")
    if not place or place["role"] != DROPPED:
        raise Impossible("This story was not dropped.")
    return (shape.change(f"place/{story}", place["was"]),)


def added(board: Board, shape: Shape, article: Article, lane: str) -> Changes:
    """Add a story to the end of a lane. One that is there already stays where it is; a dropped one is back."""
    number = article.id
    if number is None:
        raise ValueError(f"the article {article.url} is not stored")
    present = board.find(number)
    if present is not None and present.role != ARCHIVE:
        return ()
    if any(gone.id == number for gone in board.dropped):
        return brought_back(shape, number)
    role, _, section = lane.partition(":")
    place = {"role": role, "section": section or article.section, "added": True}
    return (shape.change(f"place/{number}", place),)


def pinned(board: Board, shape: Shape, story: int, until: str | None) -> Changes:
    """Keep a story in every issue until a moment (ISO 8601 with its offset), or no longer where there is none."""
    section = _standing(board, story).section
    return _real([shape.change(f"pin/{story}", {"until": until, "section": section} if until else None)])


def ordered_sections(board: Board, shape: Shape, name: str, step: int) -> Changes:
    """Move a whole section one place up (-1) or down (1)."""
    names = [key.removeprefix(f"{SECTION}:") for key in board.lanes() if key.startswith(f"{SECTION}:")]
    if name not in names:
        raise Impossible(f"The issue shows no section “{name}”.")
    place = names.index(name) + step
    if not 0 <= place < len(names):
        raise Impossible("The section is the first already." if step < 0 else "The section is the last already.")
    names.remove(name)
    names.insert(place, name)
    return _real([shape.change("sections", names)])


def said(shape: Shape, field: str, value: Any) -> Changes:
    """Set one field to a value, or to None: as it was assembled."""
    return _real([shape.change(field, value)])


def _standing(board: Board, story: int) -> Placed:
    one = board.find(story)
    if one is None:
        raise Impossible("This story is no longer in the issue.")
    return one


def _first_beneath(board: Board, shape: Shape, story: int) -> list[Change]:
    """Return the change that puts the lead so far first in its lane, where the lane's order is the editors'."""
    before = next((one for one in board.placed if one.role == LEAD), None)
    if before is None or before.article.id in {None, shape.get(LEAD)}:
        return []
    now = beneath(before, board.configured)
    lane = lane_of(now.role, now.section)
    others = [number for number in board.lane(lane) if number not in {story, before.article.id}]
    return [shape.change(f"order/{lane}", [before.article.id, *others])] if shape.get(f"order/{lane}") else []


def _placed(shape: Shape, story: int, role: str, section: str) -> list[Change]:
    """Return the changes that put a story somewhere; it stays an added one, and leads no more."""
    before = shape.get(f"place/{story}") or {}
    place = {"role": role, "section": section} | {key: before[key] for key in ("added",) if key in before}
    changes = [shape.change(f"place/{story}", place)]
    return [*changes, shape.change(LEAD, None)] if shape.get(LEAD) == story else changes


def _real(changes: Sequence[Change]) -> Changes:
    return tuple(change for change in changes if change.before != change.after)
