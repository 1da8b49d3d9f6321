"""The whole state table, entry by entry."""

from __future__ import annotations

import pytest

from subscribers.states import Event, NoSuchTransition, State, follow

_STATES = (None, State.PENDING, State.ACTIVE, State.UNSUBSCRIBED, State.REMOVED)
# One line an event: what each of the states above becomes; a dash where the event means nothing.
_TABLE = {
    Event.SIGNED_UP: "pending pending active pending pending",
    Event.CONFIRMATION_RESENT: "- pending - - -",
    Event.CONFIRMED: "- active active - -",
    Event.IMPORTED: "active - active - active",
    Event.PREFERENCES_CHANGED: "- pending active - -",
    Event.UNSUBSCRIBED: "unsubscribed unsubscribed unsubscribed unsubscribed unsubscribed",
    Event.REASON_GIVEN: "- - - unsubscribed -",
    Event.RETURNED: "- - active active -",
    Event.PAUSED: "- - active - -",
    Event.ADDRESS_CHANGED: "- pending active unsubscribed removed",
    Event.COMPLAINED: "- unsubscribed unsubscribed unsubscribed unsubscribed",
    Event.ERASED: "- unsubscribed unsubscribed unsubscribed unsubscribed",
    Event.IMPORT_UNDONE: "- - removed - -",
    Event.BOUNCED: "- pending active unsubscribed removed",
    Event.SUPPRESSED: "- pending active unsubscribed removed",
    Event.SUPPRESSION_LIFTED: "- pending active unsubscribed removed",
}
_CASES = [
    (state, event, None if after == "-" else after)
    for event in Event
    for state, after in zip(_STATES, _TABLE[event].split(), strict=True)
]


@pytest.mark.parametrize(("state", "event", "after"), _CASES)
def test_each_event_in_each_state(state: State | None, event: Event, after: str | None) -> None:
    if after is None:
        with pytest.raises(NoSuchTransition, match=f"{state or 'new'} cannot be {event}"):
            follow(state, event)
    else:
        assert follow(state, event) == after


def test_only_the_reader_leads_back_from_leaving() -> None:
    ways_back = {
        event for state, event, after in _CASES if state is State.UNSUBSCRIBED and after in {"pending", "active"}
    }
    assert ways_back == {Event.SIGNED_UP, Event.RETURNED}
