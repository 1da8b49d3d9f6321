"""The table of states, pair by pair."""

from __future__ import annotations

from itertools import product

import pytest

from newsletter.issues.states import TRANSITIONS, IssueEvent, IssueState, NoSuchTransition, follow

PAIRS = list(product([None, *IssueState], IssueEvent))
FINAL = {IssueState.SENT, IssueState.CANCELLED}


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_is_in_the_table_or_refused(state: IssueState | None, event: IssueEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert follow(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(NoSuchTransition, match=f"{state or 'new'} cannot be {event}"):
            follow(state, event)


def test_nothing_leaves_the_end() -> None:
    assert {state for state, _ in TRANSITIONS}.isdisjoint(FINAL)


def test_every_state_can_be_reached_and_every_event_means_something() -> None:
    assert set(TRANSITIONS.values()) == set(IssueState)
    assert {event for _, event in TRANSITIONS} == set(IssueEvent)


def test_only_a_draft_or_an_approved_issue_is_sent() -> None:
    locked = {state for state, event in TRANSITIONS if event is IssueEvent.LOCKED}
    assert locked == {IssueState.DRAFT, IssueState.APPROVED}


def test_nothing_that_was_locked_goes_back_before_the_lock() -> None:
    after = {IssueState.SENDING, IssueState.PAUSED, *FINAL}
    assert {TRANSITIONS[state, event] for state, event in TRANSITIONS if state in after} <= after


def test_only_an_issue_that_waits_is_built_anew() -> None:
    rebuilt = {state for state, event in TRANSITIONS if event is IssueEvent.REBUILT}
    assert rebuilt == {IssueState.DRAFT, IssueState.HELD, IssueState.SKIPPED}
