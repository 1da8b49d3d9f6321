"""Building an evening's issue: the window, what counts as used, and once only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from newsletter.issues import store
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueRow
from newsletter.settings import SectionSettings
from tests.issues.conftest import EDITOR, THURSDAY, TUESDAY, WEDNESDAY, Room, built_at
from tests.issues.stories import prose, story

FERRY, MARKET, MATCH = story("Ferry"), story("Market"), story("Match", "sport")
OPERA, READING = story("Opera", "culture"), story("Reading", "culture")
HOUR = timedelta(hours=1)
TONIGHT, TOMORROW = built_at(TUESDAY), built_at(WEDNESDAY)


def test_an_issue_is_a_draft_with_its_stories_words_and_times(room: Room) -> None:
    room.publish(FERRY, MARKET, MATCH, at=TONIGHT - HOUR)
    issue = room.build(TUESDAY)
    assert (issue.state, issue.subject) == (IssueState.DRAFT, "Ferry – and 2 more")
    assert (issue.window_start, issue.window_end) == (TONIGHT - timedelta(hours=24), TONIGHT)
    assert issue.send_at == datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
    assert [(each.position, each.role, each.section) for each in issue.stories] == [
        (0, "lead", "city"),
        (1, "section", "city"),
        (2, "section", "sport"),
    ]
    assert [(line.event, line.actor, line.at) for line in issue.history] == [("assembled", "daemon", TONIGHT)]


def test_too_little_is_recorded_as_skipped_with_its_reason(room: Room) -> None:
    room.publish(FERRY, at=TONIGHT - HOUR)
    issue = room.build(TUESDAY)
    assert issue.state == IssueState.SKIPPED
    assert issue.reason == "Only 1 new story since the last issue; minimum_articles asks for 2."
    assert [(line.event, line.detail) for line in issue.history] == [("skipped", issue.reason)]
    assert issue.stories == []


def test_building_again_changes_nothing(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    first = room.build(TUESDAY)
    room.publish(MATCH, at=TONIGHT)
    again = room.build(TUESDAY, TONIGHT + HOUR)
    assert (again.id, again.version, again.window_end) == (first.id, first.version, first.window_end)
    assert room.titles(again) == ["Ferry", "Market"]


def test_a_date_that_is_none_of_its_days_is_due_at_that_dates_send_time(room: Room) -> None:
    weekends = replace(room.newsletter, days=frozenset({5, 6}))
    room.settings = replace(room.settings, newsletters=(weekends,))
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    assert room.build(TUESDAY).send_at == datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


# Once only


def test_many_who_build_at_once_get_the_same_issue(any_room: Room) -> None:
    any_room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    together, found = Barrier(4), []

    def build() -> None:
        together.wait()
        found.append(any_room.build(TUESDAY).id)

    threads = [Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(any_room.row(any_room.build(TUESDAY)).history) == 1


def test_who_was_second_to_insert_gets_the_first_ones_issue(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL lets two look before either inserts; SQLite does not, so the second is made not to see."""
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    first, look, looks = room.build(TUESDAY), store.find, count()

    def find(session: Session, newsletter: str, day: date) -> IssueRow | None:
        return look(session, newsletter, day) if next(looks) else None

    monkeypatch.setattr(store, "find", find)
    assert room.build(TUESDAY, TONIGHT + HOUR).id == first.id
    assert room.titles(first) == ["Ferry", "Market"]


# The window


def test_the_window_begins_where_the_last_selection_ended_not_at_its_lock(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    room.publish(MATCH, at=TONIGHT + timedelta(minutes=10))  # after the selection, before the lock
    room.begin(tuesday)
    room.publish(OPERA, at=TOMORROW - HOUR)
    wednesday = room.build(WEDNESDAY)
    assert wednesday.window_start == TONIGHT
    assert room.titles(wednesday) == ["Match", "Opera"]


def test_a_story_that_came_in_late_is_still_brought(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.publish(MATCH, at=TONIGHT - timedelta(minutes=1))  # collected a minute after the selection
    room.publish(OPERA, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Match", "Opera"]


def test_a_first_issue_brings_the_last_day_alone(room: Room) -> None:
    room.publish(OPERA, at=TONIGHT - timedelta(hours=25))
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    assert room.titles(room.build(TUESDAY)) == ["Ferry", "Market"]


def test_what_is_dated_ahead_waits_for_its_evening(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.publish(MATCH, OPERA, at=TONIGHT + HOUR)
    tuesday = room.build(TUESDAY)
    assert room.titles(tuesday) == ["Ferry", "Market"]
    room.begin(tuesday)
    assert room.titles(room.build(WEDNESDAY)) == ["Match", "Opera"]


def test_what_found_no_room_does_not_come_back(room: Room) -> None:
    tight = replace(room.newsletter, sections=(SectionSettings("city", "City", maximum=1),), maximum_also=0)
    room.settings = replace(room.settings, newsletters=(tight,))
    room.publish(FERRY, MARKET, MATCH, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.publish(OPERA, READING, at=TOMORROW - HOUR)
    assert "Match" not in room.titles(room.build(WEDNESDAY))


# Used only when begun


def test_a_cancelled_night_loses_no_story(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    with room.database.writing() as session:
        store.cancel(session, tuesday.id, TONIGHT, actor=EDITOR)
    room.publish(OPERA, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Ferry", "Market", "Opera"]


def test_a_night_that_was_locked_and_never_begun_loses_no_story(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    room.lock(tuesday)
    with room.database.writing() as session:
        store.cancel(session, tuesday.id, TONIGHT + HOUR, actor=EDITOR)
    assert room.titles(room.build(WEDNESDAY)) == ["Ferry", "Market"]


def test_first_nights_that_come_to_nothing_lose_no_story(room: Room) -> None:
    room.publish(FERRY, at=TONIGHT - 20 * HOUR)
    assert room.build(TUESDAY).state == IssueState.SKIPPED
    room.publish(MARKET, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Ferry", "Market"]


def test_a_first_issue_that_never_was_keeps_its_stories_for_a_week(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.build(TUESDAY)
    room.publish(MATCH, at=TONIGHT + timedelta(days=7))
    assert room.build(TUESDAY + timedelta(days=8)).window_start == TONIGHT + timedelta(days=7)


def test_what_was_sent_to_nobody_is_not_kept_for_the_first_reader(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    room.lock(tuesday)
    with room.database.writing() as session:
        store.finish(session, store.get(session, tuesday.id), tuesday.send_at)
    room.publish(MATCH, OPERA, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Match", "Opera"]


def test_skipped_nights_after_an_issue_lose_no_story(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.publish(MATCH, at=TOMORROW - HOUR)
    assert room.build(WEDNESDAY).state == IssueState.SKIPPED
    room.publish(OPERA, at=TOMORROW + HOUR)
    assert room.titles(room.build(THURSDAY)) == ["Match", "Opera"]


@pytest.mark.parametrize(
    "again",
    [
        replace(FERRY, guid="new", url="https://ledger.example/new", title="Ferry sails"),
        replace(FERRY, guid="new", url="https://ledger.example/new", body_html=prose("Another text")),
        replace(FERRY, guid="new", title="Ferry sails", standfirst="", body_html=""),
        replace(FERRY, url="https://ledger.example/new", title="Ferry sails", body_html=""),
    ],
)
def test_what_was_sent_does_not_come_again_in_another_form(room: Room, again: object) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.publish(again, MATCH, OPERA, at=TOMORROW - HOUR)  # type: ignore[arg-type]
    assert room.titles(room.build(WEDNESDAY)) == ["Match", "Opera"]


def test_nor_in_the_form_it_had_been_given_by_the_lock(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    room.edit("Ferry", title="Ferry sails", standfirst="At last.", body_html=prose("sails"))
    room.begin(tuesday)
    sails = story("Ferry sails", standfirst="At last.", guid="wire", body_html="")
    as_it_was = replace(FERRY, guid="wire two", url="https://wire.example/ferry", body_html="")
    room.publish(sails, as_it_was, MATCH, OPERA, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Match", "Opera"]


def test_newsletters_do_not_use_up_each_others_stories(room: Room) -> None:
    weekly = replace(room.newsletter, slug="weekly")
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.settings = replace(room.settings, newsletters=(weekly,))
    assert room.titles(room.build(TUESDAY)) == ["Ferry", "Market"]


# The archive


def test_earlier_stories_are_offered_again_each_once(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    room.begin(room.build(TUESDAY))
    room.publish(story("Quay"), story("Lamp"), at=TOMORROW - HOUR)
    wednesday = room.build(WEDNESDAY)
    assert [each.title for each in room.draft(wednesday).archive] == ["Ferry", "Market"]
    room.begin(wednesday)
    room.publish(story("Bell"), story("Buoy"), at=built_at(THURSDAY) - HOUR)
    assert [each.title for each in room.draft(room.build(THURSDAY)).archive] == ["Quay", "Lamp"]


def test_what_was_only_offered_again_may_still_be_news(room: Room) -> None:
    room.publish(OPERA, at=TONIGHT - timedelta(hours=30))
    room.publish(FERRY, READING, at=TONIGHT - HOUR)
    tuesday = room.build(TUESDAY)
    assert [each.title for each in room.draft(tuesday).archive] == ["Opera"]
    room.begin(tuesday)
    room.publish(OPERA, MARKET, at=TOMORROW - HOUR)
    assert room.titles(room.build(WEDNESDAY)) == ["Market", "Opera"]


# Building anew


def test_a_draft_is_built_anew_from_the_articles_as_they_are(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    first = room.build(TUESDAY)
    room.publish(MATCH, at=TONIGHT + timedelta(minutes=5))
    later = TONIGHT + timedelta(minutes=10)
    issue = room.build(TUESDAY, later, rebuild=True)
    assert (issue.id, issue.window_end, issue.send_at) == (first.id, later, first.send_at)
    assert room.titles(issue) == ["Ferry", "Market", "Match"]
    assert [line.event for line in room.row(issue).history] == ["assembled", "rebuilt"]


def test_a_held_issue_stays_held_with_its_reason(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    issue = room.build(TUESDAY)
    with room.database.writing() as session:
        store.hold(session, issue.id, TONIGHT, actor=EDITOR, reason="Waiting for the court.")
    issue = room.build(TUESDAY, TONIGHT + HOUR, rebuild=True)
    assert (issue.state, issue.reason) == (IssueState.HELD, "Waiting for the court.")


def test_a_skipped_evening_may_become_an_issue_and_the_reverse(room: Room) -> None:
    room.publish(FERRY, at=TONIGHT - HOUR)
    assert room.build(TUESDAY).state == IssueState.SKIPPED
    room.publish(MARKET, at=TONIGHT)
    issue = room.build(TUESDAY, TONIGHT + timedelta(minutes=5), rebuild=True)
    assert (issue.state, issue.reason, len(issue.stories)) == (IssueState.DRAFT, "", 2)
    room.edit("Market", withdrawn_at=TONIGHT)
    issue = room.build(TUESDAY, TONIGHT + timedelta(minutes=6), rebuild=True)
    assert (issue.state, issue.subject, issue.stories) == (IssueState.SKIPPED, "", [])
    assert issue.reason.startswith("Only 1 new story")


def test_an_approved_issue_is_not_built_anew(room: Room) -> None:
    room.publish(FERRY, MARKET, at=TONIGHT - HOUR)
    issue = room.build(TUESDAY)
    with room.database.writing() as session:
        store.release(session, issue.id, TONIGHT, actor=EDITOR)
    with pytest.raises(
        NoSuchTransition, match=r"^The evening issue of 10 March 2026 is approved and cannot be rebuilt\.$"
    ):
        room.build(TUESDAY, TONIGHT + HOUR, rebuild=True)
    assert room.titles(issue) == ["Ferry", "Market"]
