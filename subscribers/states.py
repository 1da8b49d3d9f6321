"""The life of a subscription as one table. Pure; every change of state in the register goes through `follow`."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a subscription stands. Only `active` is ever sent an issue."""

    PENDING = "pending"  # signed up, not confirmed
    ACTIVE = "active"  # confirmed, or imported with consent given elsewhere
    UNSUBSCRIBED = "unsubscribed"  # left; only the reader can come back
    REMOVED = "removed"  # taken out with the import that had brought it; an import may bring it again


class Event(StrEnum):
    """What can happen to a subscription. Each one is appended to its history."""

    SIGNED_UP = "signed_up"
    CONFIRMATION_RESENT = "confirmation_resent"  # an editor had the mail sent once more
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    PREFERENCES_CHANGED = "preferences_changed"
    UNSUBSCRIBED = "unsubscribed"
    REASON_GIVEN = "reason_given"  # said why, afterwards
    RETURNED = "returned"  # took back leaving, there and then
    PAUSED = "paused"  # wants no issues until a day, or wants them again
    ADDRESS_CHANGED = "address_changed"
    COMPLAINED = "complained"  # called it spam: the address is barred, and the reader has left
    ERASED = "erased"  # asked to be forgotten
    IMPORT_UNDONE = "import_undone"
    BOUNCED = "bounced"  # the address is not there: it is barred, and the subscription stays
    SUPPRESSED = "suppressed"  # the address was barred by hand; the subscription stays
    SUPPRESSION_LIFTED = "suppression_lifted"  # the address may be mailed again


class NoSuchTransition(Exception):
    """The event means nothing in that state; the subscription stays as it is."""


TRANSITIONS: dict[tuple[State | None, Event], State] = {
    (None, Event.SIGNED_UP): State.PENDING,
    (State.PENDING, Event.SIGNED_UP): State.PENDING,
    (State.ACTIVE, Event.SIGNED_UP): State.ACTIVE,
    (State.UNSUBSCRIBED, Event.SIGNED_UP): State.PENDING,
    (State.PENDING, Event.CONFIRMATION_RESENT): State.PENDING,
    (State.PENDING, Event.CONFIRMED): State.ACTIVE,
    (State.ACTIVE, Event.CONFIRMED): State.ACTIVE,
    (None, Event.IMPORTED): State.ACTIVE,
    (State.ACTIVE, Event.IMPORTED): State.ACTIVE,
    (State.PENDING, Event.PREFERENCES_CHANGED): State.PENDING,
    (State.ACTIVE, Event.PREFERENCES_CHANGED): State.ACTIVE,
    (None, Event.UNSUBSCRIBED): State.UNSUBSCRIBED,  # had left where an import comes from
    (State.PENDING, Event.UNSUBSCRIBED): State.UNSUBSCRIBED,
    (State.ACTIVE, Event.UNSUBSCRIBED): State.UNSUBSCRIBED,
    (State.UNSUBSCRIBED, Event.UNSUBSCRIBED): State.UNSUBSCRIBED,
    (State.UNSUBSCRIBED, Event.REASON_GIVEN): State.UNSUBSCRIBED,
    (State.UNSUBSCRIBED, Event.RETURNED): State.ACTIVE,
    (State.ACTIVE, Event.RETURNED): State.ACTIVE,
    (State.ACTIVE, Event.PAUSED): State.ACTIVE,
    (State.PENDING, Event.ADDRESS_CHANGED): State.PENDING,
    (State.ACTIVE, Event.ADDRESS_CHANGED): State.ACTIVE,
    (State.UNSUBSCRIBED, Event.ADDRESS_CHANGED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.ADDRESS_CHANGED): State.REMOVED,
    (State.PENDING, Event.COMPLAINED): State.UNSUBSCRIBED,
    (State.ACTIVE, Event.COMPLAINED): State.UNSUBSCRIBED,
    (State.UNSUBSCRIBED, Event.COMPLAINED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.COMPLAINED): State.UNSUBSCRIBED,
    (State.PENDING, Event.ERASED): State.UNSUBSCRIBED,
    (State.ACTIVE, Event.ERASED): State.UNSUBSCRIBED,
    (State.UNSUBSCRIBED, Event.ERASED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.ERASED): State.UNSUBSCRIBED,
    (State.ACTIVE, Event.IMPORT_UNDONE): State.REMOVED,
    (State.REMOVED, Event.IMPORTED): State.ACTIVE,
    (State.REMOVED, Event.SIGNED_UP): State.PENDING,
    (State.REMOVED, Event.UNSUBSCRIBED): State.UNSUBSCRIBED,
    (State.PENDING, Event.BOUNCED): State.PENDING,
    (State.ACTIVE, Event.BOUNCED): State.ACTIVE,
    (State.UNSUBSCRIBED, Event.BOUNCED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.BOUNCED): State.REMOVED,
    (State.PENDING, Event.SUPPRESSED): State.PENDING,
    (State.ACTIVE, Event.SUPPRESSED): State.ACTIVE,
    (State.UNSUBSCRIBED, Event.SUPPRESSED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.SUPPRESSED): State.REMOVED,
    (State.PENDING, Event.SUPPRESSION_LIFTED): State.PENDING,
    (State.ACTIVE, Event.SUPPRESSION_LIFTED): State.ACTIVE,
    (State.UNSUBSCRIBED, Event.SUPPRESSION_LIFTED): State.UNSUBSCRIBED,
    (State.REMOVED, Event.SUPPRESSION_LIFTED): State.REMOVED,
}


def follow(state: State | None, event: Event) -> State:
    """Return the state after `event`; None is a subscription that does not exist yet.

    Raises NoSuchTransition, for instance when an old confirmation link is used after leaving.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise NoSuchTransition(f"a subscription that is {state or 'new'} cannot be {event}") from None
