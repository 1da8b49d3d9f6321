"""What editors and the daemon do to an issue: each step with its history, and lateness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.issues import store
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueRow
from tests.issues.conftest import EDITOR, THURSDAY, TUESDAY, WEDNESDAY, Room, built_at
from tests.issues.stories import story

S = IssueState
NOW = built_at(TUESDAY) + timedelta(minutes=5)
SEND_AT = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Step = Callable[..., IssueRow]


@pytest.fixture
def issue(room: Room) -> IssueRow:
    room.publish(story("Ferry"), story("Market"), at=built_at(TUESDAY) - HOUR)
    return room.build(TUESDAY)


def act(room: Room, issue: IssueRow, step: Step, now: datetime = NOW, **words: str) -> IssueRow:
    with room.database.writing() as session:
        return step(session, issue.id, now, actor=EDITOR, **words)


def put(room: Room, issue: IssueRow, state: IssueState) -> None:
    with room.database.writing() as session:
        store.get(session, issue.id).state = state


STEPS = [
    (store.hold, S.DRAFT, S.HELD, "held"),
    (store.hold, S.APPROVED, S.HELD, "held"),
    (store.release, S.DRAFT, S.APPROVED, "released"),
    (store.release, S.HELD, S.APPROVED, "released"),
    (store.pause, S.SENDING, S.PAUSED, "paused"),
    (store.resume, S.PAUSED, S.SENDING, "resumed"),
    (store.cancel, S.DRAFT, S.CANCELLED, "cancelled"),
    (store.cancel, S.SENDING, S.CANCELLED, "cancelled"),
]


@pytest.mark.parametrize(("step", "before", "after"), [each[:3] for each in STEPS])
def test_a_step_changes_state_and_reason(
    room: Room, issue: IssueRow, step: Step, before: IssueState, after: IssueState
) -> None:
    put(room, issue, before)
    changed = act(room, issue, step, reason="The court decides at six.")
    assert (changed.state, changed.reason) == (after, "The court decides at six.")


@pytest.mark.parametrize(("step", "before", "event"), [(step, before, event) for step, before, _, event in STEPS])
def test_a_step_is_written_into_the_history(
    room: Room, issue: IssueRow, step: Step, before: IssueState, event: str
) -> None:
    put(room, issue, before)
    act(room, issue, step, reason="The court decides at six.")
    line = room.row(issue).history[-1]
    assert (line.event, line.actor, line.at, line.detail) == (event, EDITOR, NOW, "The court decides at six.")


@pytest.mark.parametrize(
    ("step", "state", "sentence"),
    [
        (store.hold, S.SENT, "The evening issue of 10 March 2026 is sent and cannot be held."),
        (store.release, S.SKIPPED, "The evening issue of 10 March 2026 is skipped and cannot be released."),
        (store.send_now, S.SENDING, "The evening issue of 10 March 2026 is sending and cannot be released."),
        (store.pause, S.DRAFT, "The evening issue of 10 March 2026 is draft and cannot be paused."),
        (store.resume, S.SENDING, "The evening issue of 10 March 2026 is sending and cannot be resumed."),
        (store.cancel, S.CANCELLED, "The evening issue of 10 March 2026 is cancelled and cannot be cancelled."),
    ],
)
def test_a_step_that_means_nothing_changes_nothing(
    room: Room, issue: IssueRow, step: Step, state: IssueState, sentence: str
) -> None:
    put(room, issue, state)
    with pytest.raises(NoSuchTransition) as refused:
        act(room, issue, step)
    assert str(refused.value) == sentence
    assert (room.row(issue).state, len(room.row(issue).history)) == (state, 1)


def test_there_is_no_such_issue(room: Room) -> None:
    with room.database.writing() as session, pytest.raises(LookupError, match="there is no issue 77"):
        store.hold(session, 77, NOW, actor=EDITOR)


def test_what_the_caller_changed_is_not_read_over(room: Room, issue: IssueRow) -> None:
    with room.database.writing() as session:
        store.get(session, issue.id).subject = "Ferry sails"
        store.hold(session, issue.id, NOW, actor=EDITOR)
    assert room.row(issue).subject == "Ferry sails"


def test_a_release_clears_the_reason(room: Room, issue: IssueRow) -> None:
    act(room, issue, store.hold, reason="Wait.")
    assert act(room, issue, store.release).reason == ""


def test_a_release_before_the_time_keeps_the_time(room: Room, issue: IssueRow) -> None:
    assert act(room, issue, store.release).send_at == SEND_AT


def test_a_release_after_the_time_makes_it_due_at_once(room: Room, issue: IssueRow) -> None:
    act(room, issue, store.hold)
    assert act(room, issue, store.release, SEND_AT + HOUR).send_at == SEND_AT + HOUR


@pytest.mark.parametrize("state", [S.DRAFT, S.HELD, S.APPROVED])
def test_send_now_makes_it_due_at_once(room: Room, issue: IssueRow, state: IssueState) -> None:
    put(room, issue, state)
    changed = act(room, issue, store.send_now)
    assert (changed.state, changed.send_at) == (S.APPROVED, NOW)
    assert room.row(issue).history[-1].detail == "send now"


# Late


@pytest.mark.parametrize(("after", "late"), [(timedelta(hours=3), False), (timedelta(hours=3, seconds=1), True)])
@pytest.mark.parametrize("state", [S.DRAFT, S.APPROVED])
def test_what_was_not_sent_within_its_grace_is_late(
    room: Room, issue: IssueRow, state: IssueState, after: timedelta, late: bool
) -> None:
    put(room, issue, state)
    assert store.is_late(room.settings, room.row(issue), SEND_AT + after) is late


def test_a_late_issue_is_held_with_the_reason_in_the_newsrooms_time(room: Room, issue: IssueRow) -> None:
    with room.database.writing() as session:
        held = store.mark_late(session, room.settings, store.get(session, issue.id), SEND_AT + 4 * HOUR)
    assert held.state == S.HELD
    assert held.reason == ("The send time 18:00 passed by more than 3 h; release it to send it all the same.")
    assert room.row(issue).history[-1].actor == "daemon"


@pytest.mark.parametrize(
    ("grace", "words"),
    [({"hours": 1, "minutes": 30}, "1 h 30 min"), ({"minutes": 45}, "45 min"), ({}, "0 min")],
)
def test_the_grace_in_words(room: Room, issue: IssueRow, grace: dict[str, int], words: str) -> None:
    hasty = replace(room.newsletter, late_after=timedelta(**grace))
    room.settings = replace(room.settings, newsletters=(hasty,))
    with room.database.writing() as session:
        held = store.mark_late(session, room.settings, store.get(session, issue.id), SEND_AT + 4 * HOUR)
    assert f"passed by more than {words};" in held.reason


@pytest.mark.parametrize("step", [store.release, store.send_now])
def test_an_editor_may_send_it_however_late(room: Room, issue: IssueRow, step: Step) -> None:
    dawn = SEND_AT + 11 * HOUR
    act(room, issue, store.hold)
    released = act(room, issue, step, dawn)
    assert not store.is_late(room.settings, released, dawn + timedelta(minutes=5))
    with room.database.reading() as session:
        assert [each.id for each in store.due(session, dawn)] == [issue.id]


# Finding


@pytest.mark.parametrize(
    ("state", "now", "is_due"),
    [
        (S.DRAFT, SEND_AT - timedelta(seconds=1), False),
        (S.DRAFT, SEND_AT, True),
        (S.APPROVED, SEND_AT, True),
        (S.HELD, SEND_AT, False),
        (S.SENDING, SEND_AT - HOUR, True),
        (S.PAUSED, SEND_AT, False),
        (S.SENT, SEND_AT, False),
        (S.SKIPPED, SEND_AT, False),
        (S.CANCELLED, SEND_AT, False),
    ],
)
def test_what_is_due(room: Room, issue: IssueRow, state: IssueState, now: datetime, is_due: bool) -> None:
    put(room, issue, state)
    with room.database.reading() as session:
        assert bool(store.due(session, now)) is is_due


def test_finishing(room: Room, issue: IssueRow) -> None:
    put(room, issue, S.SENDING)
    with room.database.writing() as session:
        done = store.finish(session, store.get(session, issue.id), SEND_AT + HOUR)
    assert (done.state, done.finished_at) == (S.SENT, SEND_AT + HOUR)


def test_finding_and_listing(room: Room, issue: IssueRow) -> None:
    later = [room.build(WEDNESDAY), room.build(THURSDAY)]
    with room.database.reading() as session:
        found = store.find(session, "evening", TUESDAY)
        assert found is not None
        assert found.id == issue.id
        assert store.find(session, "weekly", TUESDAY) is None
        assert [each.id for each in store.recent(session)] == [later[1].id, later[0].id, issue.id]
        assert [each.id for each in store.recent(session, "evening", limit=1)] == [later[1].id]
        assert store.recent(session, "weekly") == []
