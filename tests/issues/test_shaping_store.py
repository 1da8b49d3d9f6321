"""Editors at an issue in a real database: kept over rebuilds, never overwritten unseen, frozen by the lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from newsletter.articles import store as articles
from newsletter.domain.article import Article
from newsletter.domain.issue import Variant
from newsletter.issues.assemble import for_variant
from newsletter.issues.shaping import deeds, store
from newsletter.issues.shaping.shape import Change
from newsletter.issues.shaping.store import Conflict, Frozen, Shaped
from newsletter.issues.store import get
from newsletter.issues.tables import IssueRow
from tests.issues.conftest import EDITOR, THURSDAY, TUESDAY, WEDNESDAY, Room, built_at
from tests.issues.stories import story

OTHER = "mara@ledger.example"
Wanted = Callable[[Shaped], Sequence[Change]]


def shape(room: Room, issue: IssueRow, wanted: Wanted, *, actor: str = EDITOR, seen: int | None = None) -> None:
    with room.database.writing() as session:
        row = get(session, issue.id)
        changes = wanted(store.shaped(session, room.settings, row))
        store.append(session, row, "test", changes, built_at(row.date), actor=actor, seen=seen)


def shaped(room: Room, issue: IssueRow) -> Shaped:
    with room.database.reading() as session:
        return store.shaped(session, room.settings, get(session, issue.id))


def number(room: Room, issue: IssueRow, title: str) -> int:
    board = shaped(room, issue).board
    return next(each for each, article in board.originals.items() if article.title == title)


def says(field: str, value: object) -> Wanted:
    return lambda now: deeds.said(now.shape, field, value)


def others(day: str) -> list[Article]:
    return [story(f"{day} {number}") for number in range(3)]


@pytest.fixture
def issue(any_room: Room) -> IssueRow:
    titles = ("Ferry", "Tram", "Quay", "Derby")
    stories = [story(title, "sport" if title == "Derby" else "city") for title in titles]
    any_room.publish(*stories, at=built_at(TUESDAY) - timedelta(hours=1))
    return any_room.build(TUESDAY)


def test_a_rebuild_keeps_lead_words_and_what_was_dropped(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    quay, tram = number(room, issue, "Quay"), number(room, issue, "Tram")
    shape(room, issue, lambda now: deeds.led_by(now.board, now.shape, quay))
    shape(room, issue, lambda now: deeds.without(now.board, now.shape, tram))
    shape(room, issue, says(f"headline/{quay}", "The quay gives way"))
    shape(room, issue, says("subject", "What the storm left"))
    room.publish(story("Mayor resigns"), at=built_at(TUESDAY))
    room.build(TUESDAY, built_at(TUESDAY) + timedelta(minutes=5), rebuild=True)
    draft = room.draft(issue)
    assert draft.lead.title == "The quay gives way"
    assert sorted(each.title for each in draft.stories) == [
        "Derby",
        "Ferry",
        "Mayor resigns",
        "The quay gives way",
    ]
    assert draft.subject == "What the storm left"


def test_the_lock_takes_over_the_board_and_freezes_it(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    quay = number(room, issue, "Quay")
    shape(room, issue, lambda now: deeds.led_by(now.board, now.shape, quay))
    shape(room, issue, says(f"headline/{quay}", "The quay gives way"))
    draft = room.lock(issue)
    row = room.row(issue)
    assert row.subject == draft.subject == "The quay gives way – and 3 more"
    assert row.stories[0].article_id == quay
    assert room.draft(issue) == draft
    with pytest.raises(Frozen, match="is sending: what it says is frozen"):
        shape(room, issue, says("subject", "Too late"))


def test_a_rewritten_story_that_was_sent_is_known_again(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    shape(room, issue, says(f"headline/{number(room, issue, 'Quay')}", "The quay gives way"))
    room.begin(issue)
    again = story("Quay", guid="another", url="https://ledger.example/elsewhere")
    room.publish(again, *others("Wednesday"), at=built_at(WEDNESDAY) - timedelta(hours=1))
    assert room.titles(room.build(WEDNESDAY)) == [each.title for each in others("Wednesday")]


def test_two_editors_never_overwrite_each_other_unseen(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    shape(room, issue, says("subject", "Hers"), actor=OTHER, seen=0)
    with pytest.raises(Conflict) as conflict:
        shape(room, issue, says("subject", "His"), seen=0)
    assert conflict.value.theirs["subject"].actor == OTHER
    shape(room, issue, says("preheader", "Another field"), seen=0)
    shape(room, issue, says("subject", "His"), seen=shaped(room, issue).shape.version("subject"))
    draft = room.draft(issue)
    assert (draft.subject, draft.preheader) == ("His", "Another field")


def test_undo_is_another_edit(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    before = room.draft(issue)
    shape(room, issue, says("note", "Good evening."))
    after = room.draft(issue)
    with room.database.writing() as session:
        store.undo(session, get(session, issue.id), built_at(TUESDAY), actor=EDITOR)
    assert room.draft(issue) == before
    with room.database.writing() as session:
        store.redo(session, get(session, issue.id), built_at(TUESDAY), actor=EDITOR)
    assert room.draft(issue) == after
    assert [edit.deed for edit in shaped(room, issue).edits] == ["test", "undo", "redo"]


def test_a_story_from_before_is_added_once_and_counted_by_a_rebuild(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    old = story("Old lighthouse")
    room.publish(old, at=built_at(TUESDAY) - timedelta(days=9))
    with room.database.reading() as session:
        known = articles.archive(
            session, since=built_at(TUESDAY) - timedelta(days=20), before=built_at(TUESDAY), limit=60
        )
    article_id = next(each.id for each in known if each.title == "Old lighthouse") or 0
    for is_new in (True, False):
        with room.database.writing() as session:
            now = built_at(TUESDAY)
            assert is_new is store.add_story(session, room.settings, issue.id, article_id, now, actor=EDITOR)
    room.build(TUESDAY, built_at(TUESDAY) + timedelta(minutes=5), rebuild=True)
    assert "Old lighthouse" in room.titles(issue)


def test_a_pin_and_a_sponsor_reach_the_evenings_they_were_booked_for(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    derby, until = number(room, issue, "Derby"), built_at(WEDNESDAY) + timedelta(hours=3)
    shape(room, issue, lambda now: deeds.pinned(now.board, now.shape, derby, until.isoformat()))
    dates = {"start": WEDNESDAY.isoformat(), "end": WEDNESDAY.isoformat()}
    booked = {"label": "Advertisement", "text": "Rope and tar", "url": "", "picture": {}} | dates
    shape(room, issue, says("sponsor/1", booked))
    assert room.draft(issue).sponsors == ()
    room.begin(issue)
    for day, is_there in ((WEDNESDAY, True), (THURSDAY, False)):
        room.publish(*others(f"{day:%A}"), at=built_at(day) - timedelta(hours=1))
        draft = room.draft(room.build(day))
        assert ("Derby" in [each.title for each in draft.stories]) is is_there
        assert [each.text for each in draft.sponsors] == ["Rope and tar"] * is_there
        room.begin(room.build(day))


def test_a_variant_without_the_lead_has_the_words_of_its_own(any_room: Room, issue: IssueRow) -> None:
    room = any_room
    shape(room, issue, says("subject", "What the storm left"))
    draft = room.draft(issue)
    city = for_variant(draft, Variant(frozenset({"city"})))
    sport = for_variant(draft, Variant(frozenset({"sport"})))
    assert city is not None
    assert sport is not None
    assert (city.subject, sport.subject) == ("What the storm left", "Derby")
