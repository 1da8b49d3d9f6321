"""The whole state table, entry by entry."""

from __future__ import annotations

import pytest

from subscribers.states import Event, NoSuchTransition, State, follow

_NOWHERE = None
# One line a state; the columns are SIGNED_UP, CONFIRMED, IMPORTED, PREFERENCES_CHANGED, UNSUBSCRIBED, BOUNCED.
_TABLE = {
    None: ("pending", _NOWHERE, "active", _NOWHERE, _NOWHERE, _NOWHERE),
    State.PENDING: ("pending", "active", _NOWHERE, "pending", "unsubscribed", "pending"),
    State.ACTIVE: ("active", "active", "active", "active", "unsubscribed", "active"),
    State.UNSUBSCRIBED: ("pending", _NOWHERE, _NOWHERE, _NOWHERE, "unsubscribed", "unsubscribed"),
}
_CASES = [(state, event, after) for state, row in _TABLE.items() for event, after in zip(Event, row, strict=True)]


@pytest.mark.parametrize(("state", "event", "after"), _CASES)
def test_each_event_in_each_state(state: State | None, event: Event, after: str | None) -> None:
    if after is None:
        with pytest.raises(NoSuchTransition, match=f"{state or 'new'} cannot be {event}"):
            follow(state, event)
    else:
        assert follow(state, event) == after


def test_only_the_reader_leads_back_from_leaving() -> None:
    ways_back = [
        event for event, after in zip(Event, _TABLE[State.UNSUBSCRIBED], strict=True) if after == "pending"
    ]
    assert ways_back == [Event.SIGNED_UP]
