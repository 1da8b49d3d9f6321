"""Whatever editors do and however often the issue is rebuilt, what they said stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.domain.article import Article
from newsletter.issues.placing import Placed, laid_out
from newsletter.issues.shaping import deeds
from newsletter.issues.shaping.board import Board, lane_of, lay_out
from newsletter.issues.shaping.shape import (
    REDO,
    UNDO,
    Change,
    Edit,
    Shape,
    fold,
    last_to_redo,
    last_to_undo,
    undone,
)
from tests.issues.stories import SECTIONED, built, story

AT = datetime(2026, 3, 10, 16, 40, tzinfo=UTC)
STORIES = tuple(
    replace(story(f"Story {number}", ("city", "sport", "culture")[number % 3]), id=number) for number in range(9)
)
LANES = ("section:city", "section:sport", "also")
selections = st.lists(st.sampled_from(range(9)), min_size=1, max_size=9, unique=True)
orders = st.lists(
    st.tuples(
        st.sampled_from(["move", "up", "down", "lead", "drop", "bring", "add", "word", "subject"]),
        st.integers(0, 8),
        st.integers(0, 8),
    ),
    max_size=12,
)


def selected(numbers: list[int]) -> list[Placed]:
    return laid_out(built(*(STORIES[number] for number in numbers), newsletter=SECTIONED))


@dataclass
class Desk:
    """An editor at an issue, without a database."""

    selection: list[Placed]
    edits: list[Edit] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        return fold(self.edits)

    @property
    def board(self) -> Board:
        places = self.shape.of("place")
        extras = {number: STORIES[number] for number in places}
        return lay_out(self.selection, self.shape, SECTIONED, extras=extras, pins={})

    def do(self, deed: str, one: int, other: int) -> None:
        try:
            self.append(deed, self.changes(deed, one, other))
        except deeds.Impossible:
            return

    def changes(self, deed: str, one: int, other: int) -> tuple[Change, ...]:
        board, shape = self.board, self.shape
        known: dict[str, Callable[[], tuple[Change, ...]]] = {
            "move": lambda: deeds.moved(board, shape, one, LANES[other % 3], other),
            "up": lambda: deeds.stepped(board, shape, one, -1),
            "down": lambda: deeds.stepped(board, shape, one, 1),
            "lead": lambda: deeds.led_by(board, shape, one),
            "drop": lambda: deeds.without(board, shape, one),
            "bring": lambda: deeds.brought_back(shape, one),
            "add": lambda: deeds.added(board, shape, STORIES[one], LANES[other % 3]),
            "word": lambda: deeds.said(shape, f"headline/{one}", f"Rewritten {other}"),
            "subject": lambda: deeds.said(shape, "subject", f"Tonight {other}"),
        }
        return known[deed]()

    def append(self, deed: str, changes: tuple[Change, ...], undoes: int | None = None) -> None:
        if changes:
            self.edits.append(Edit(len(self.edits) + 1, AT, "ines", deed, changes, undoes))


def told(board: Board) -> list[tuple[str, str, Article]]:
    return [(one.role, one.section, one.article) for one in board.placed]


@settings(max_examples=150, deadline=None)
@given(selections, orders, selections)
def test_a_rebuild_keeps_what_editors_said(
    before: list[int], wanted: list[tuple[str, int, int]], after: list[int]
) -> None:
    desk = Desk(selected(before))
    for order in wanted:
        desk.do(*order)
    was, shape = desk.board, desk.shape
    desk.selection = selected(after)
    board = desk.board
    for number, place in shape.of("place").items():
        standing = board.find(number)
        assert (standing is None) == (place["role"] == "dropped")
        if standing is not None and standing.role != "lead":
            assert lane_of(standing.role, standing.section) == lane_of(place["role"], place["section"])
    if (chosen := shape.get("lead")) is not None and board.find(chosen):
        assert board.placed[0].article.id == chosen
    for lane in (lane for lane in was.lanes() if shape.get(f"order/{lane}")):
        kept = [number for number in was.lane(lane) if number in board.lane(lane)]
        ordered = [number for number in shape.get(f"order/{lane}") if number in kept]
        assert [number for number in board.lane(lane) if number in ordered] == ordered
    for number, words in shape.of("headline").items():
        assert (one := board.find(number)) is None or one.article.title == words


@settings(max_examples=150, deadline=None)
@given(selections, orders)
def test_undo_returns_the_former_draft_and_redo_the_later(
    numbers: list[int], wanted: list[tuple[str, int, int]]
) -> None:
    desk = Desk(selected(numbers))
    boards = [told(desk.board)]
    for order in wanted:
        edits = len(desk.edits)
        desk.do(*order)
        boards += [told(desk.board)] * (len(desk.edits) - edits)
    for former in reversed(boards[:-1]):
        last = last_to_undo(desk.edits, "ines")
        assert last is not None
        desk.append(UNDO, undone(last), last.id)
        assert told(desk.board) == former
    assert last_to_undo(desk.edits, "ines") is None
    for later in boards[1:]:
        last = last_to_redo(desk.edits, "ines")
        assert last is not None
        desk.append(REDO, last.changes, last.id)
        assert told(desk.board) == later
    assert last_to_redo(desk.edits, "ines") is None


@settings(max_examples=60, deadline=None)
@given(selections, orders)
def test_folding_the_edits_over_their_own_outcome_changes_nothing(
    numbers: list[int], wanted: list[tuple[str, int, int]]
) -> None:
    """The lock keeps the board as the issue's stories, and the edits stay."""
    desk = Desk(selected(numbers))
    for order in wanted:
        desk.do(*order)
    once = desk.board
    desk.selection = [replace(one, article=once.originals[one.article.id or 0]) for one in once.placed]
    assert told(desk.board) == told(once)


def test_no_story_stands_twice_and_none_is_lost() -> None:
    desk = Desk(selected(list(range(9))))
    for order in [("move", 1, 0), ("lead", 2, 0), ("drop", 3, 0), ("down", 4, 0), ("up", 1, 0), ("lead", 5, 0)]:
        desk.do(*order)
    assert sorted(one.article.id or 0 for one in desk.board.placed) == [0, 1, 2, 4, 5, 6, 7, 8]
    assert [gone.id for gone in desk.board.dropped] == [3]


def test_others_edits_are_not_mine_to_undo() -> None:
    mine = Edit(1, AT, "ines", "subject", (Change("subject", None, "A"),))
    theirs = Edit(2, AT, "mara", "subject", (Change("subject", "A", "B"),))
    headline = Edit(3, AT, "ines", "headline", (Change("headline/1", None, "C"),))
    assert last_to_undo([mine, theirs], "ines") is None
    assert last_to_undo([mine, theirs, headline], "ines") == headline
    assert last_to_undo([mine, theirs], "mara") == theirs
