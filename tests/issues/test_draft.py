"""The draft read back: the selection as stored, the articles as they are now, and the lock upon it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.issues import store
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from tests.issues.conftest import EDITOR, TUESDAY, WEDNESDAY, Room, built_at
from tests.issues.stories import story

FERRY, MARKET, MATCH, ESSAY = story("Ferry"), story("Market"), story("Match", "sport"), story("Essay", "opinion")
HOUR = timedelta(hours=1)
TONIGHT, TOMORROW = built_at(TUESDAY), built_at(WEDNESDAY)


@pytest.fixture
def tuesday(room: Room) -> IssueRow:
    room.publish(FERRY, MARKET, MATCH, ESSAY, at=TONIGHT - HOUR)
    return room.build(TUESDAY)


def test_the_draft_is_what_was_selected(room: Room, tuesday: IssueRow) -> None:
    draft = room.draft(tuesday)
    assert (draft.newsletter, draft.date, draft.language) == ("evening", TUESDAY, "en")
    assert (draft.subject, draft.preheader) == (tuesday.subject, tuesday.preheader)
    assert (draft.lead.title, [each.title for each in draft.also]) == ("Ferry", ["Essay"])
    assert [(each.title, len(each.stories)) for each in draft.sections] == [("City", 1), ("Sport", 1)]
    assert (draft.window_start, draft.window_end) == (tuesday.window_start, tuesday.window_end)


def test_an_edited_article_is_printed_as_it_is_now_where_it_was_placed(room: Room, tuesday: IssueRow) -> None:
    room.edit("Ferry", title="Ferry sails", section="sport")
    draft = room.draft(tuesday)
    assert (draft.lead.title, draft.lead.section) == ("Ferry sails", "city")
    assert draft.subject == "Ferry sails – and 3 more"


@pytest.mark.parametrize(
    "changes", [{"withdrawn_at": TONIGHT}, {"published_at": TOMORROW}], ids=["withdrawn", "put off"]
)
def test_what_may_not_be_shown_is_left_out_and_the_next_leads(
    room: Room, tuesday: IssueRow, changes: dict[str, object]
) -> None:
    room.edit("Ferry", **changes)
    draft = room.draft(tuesday)
    assert (draft.lead.title, draft.subject) == ("Market", "Market – and 2 more")
    assert [each.name for each in draft.sections] == ["sport"]


def test_an_update_that_moves_the_date_within_the_evening_changes_nothing(room: Room, tuesday: IssueRow) -> None:
    room.edit("Ferry", published_at=tuesday.send_at - timedelta(minutes=1))
    assert room.draft(tuesday).lead.title == "Ferry"


def test_nothing_left(room: Room, tuesday: IssueRow) -> None:
    for title in ("Ferry", "Market", "Match", "Essay"):
        room.edit(title, withdrawn_at=TONIGHT)
    with pytest.raises(NothingLeft, match=r"^Nothing is left of the evening issue of 10 March 2026"):
        room.draft(tuesday)


def test_an_archive_alone_is_nothing(room: Room, tuesday: IssueRow) -> None:
    room.begin(tuesday)
    room.publish(story("Quay"), story("Lamp"), at=TOMORROW - HOUR)
    wednesday = room.build(WEDNESDAY)
    assert room.draft(wednesday).archive
    for title in ("Quay", "Lamp"):
        room.edit(title, withdrawn_at=TOMORROW)
    with pytest.raises(NothingLeft):
        room.draft(wednesday)


def test_a_story_goes_once_though_two_issues_selected_it(room: Room, tuesday: IssueRow) -> None:
    """Tuesday's was held; Wednesday's took its stories up; now an editor lets Tuesday's go before Wednesday's."""
    room.publish(story("Quay"), at=TOMORROW - HOUR)
    wednesday = room.build(WEDNESDAY)
    assert "Ferry" in room.titles(wednesday)
    room.lock(tuesday)
    assert room.titles(wednesday) == ["Quay"]


def test_a_story_comes_back_when_the_issue_that_took_it_is_called_off(room: Room, tuesday: IssueRow) -> None:
    wednesday = room.build(WEDNESDAY)
    room.lock(tuesday)
    with pytest.raises(NothingLeft):
        room.draft(wednesday)
    with room.database.writing() as session:
        store.cancel(session, tuesday.id, TONIGHT + HOUR, actor=EDITOR)
    assert room.titles(wednesday) == ["Essay", "Ferry", "Market", "Match"]


# The lock


def test_the_lock_keeps_the_words_and_stories_that_are_sent(room: Room, tuesday: IssueRow) -> None:
    room.edit("Ferry", withdrawn_at=TONIGHT)
    room.lock(tuesday, tuesday.send_at)
    issue = room.row(tuesday)
    assert (issue.state, issue.locked_at, issue.begun_at) == (IssueState.SENDING, tuesday.send_at, None)
    assert issue.subject == "Market – and 2 more"
    assert [(each.position, each.role) for each in issue.stories] == [(0, "lead"), (1, "section"), (2, "also")]


def test_a_story_put_off_comes_on_its_new_evening(room: Room, tuesday: IssueRow) -> None:
    room.edit("Ferry", published_at=TOMORROW - HOUR)
    room.begin(tuesday)
    room.publish(story("Quay"), at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Ferry", "Quay"]
