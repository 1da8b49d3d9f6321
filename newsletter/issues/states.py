"""The life of an issue as one table. Pure; every change of an issue's state goes through `follow`."""

from __future__ import annotations

from enum import StrEnum


class IssueState(StrEnum):
    """Where an issue stands."""

    DRAFT = "draft"  # assembled; goes out at send_at if nobody acts
    HELD = "held"  # waits for an editor, or came too late
    APPROVED = "approved"  # released by an editor; goes out when due
    SENDING = "sending"  # letters frozen, deliveries enqueued
    PAUSED = "paused"  # stopped in the middle, by hand or because the other side refuses it
    SENT = "sent"  # nothing is owed any more
    SKIPPED = "skipped"  # nothing worth sending; the reason is kept
    CANCELLED = "cancelled"  # withdrawn by an editor


class IssueEvent(StrEnum):
    """What can happen to an issue."""

    ASSEMBLED = "assembled"
    REBUILT = "rebuilt"
    SKIPPED = "skipped"
    HELD = "held"
    RELEASED = "released"
    LOCKED = "locked"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class NoSuchTransition(Exception):
    """The event means nothing in that state; the issue stays as it is."""


_S, _E = IssueState, IssueEvent

TRANSITIONS: dict[tuple[IssueState | None, IssueEvent], IssueState] = {
    (None, _E.ASSEMBLED): _S.DRAFT,
    (None, _E.SKIPPED): _S.SKIPPED,
    (_S.DRAFT, _E.REBUILT): _S.DRAFT,
    (_S.DRAFT, _E.SKIPPED): _S.SKIPPED,
    (_S.DRAFT, _E.HELD): _S.HELD,
    (_S.DRAFT, _E.RELEASED): _S.APPROVED,
    (_S.DRAFT, _E.LOCKED): _S.SENDING,
    (_S.DRAFT, _E.CANCELLED): _S.CANCELLED,
    (_S.SKIPPED, _E.REBUILT): _S.DRAFT,
    (_S.SKIPPED, _E.SKIPPED): _S.SKIPPED,
    (_S.HELD, _E.REBUILT): _S.HELD,
    (_S.HELD, _E.SKIPPED): _S.SKIPPED,
    (_S.HELD, _E.RELEASED): _S.APPROVED,
    (_S.HELD, _E.CANCELLED): _S.CANCELLED,
    (_S.APPROVED, _E.RELEASED): _S.APPROVED,
    (_S.APPROVED, _E.HELD): _S.HELD,
    (_S.APPROVED, _E.LOCKED): _S.SENDING,
    (_S.APPROVED, _E.CANCELLED): _S.CANCELLED,
    (_S.SENDING, _E.PAUSED): _S.PAUSED,
    (_S.SENDING, _E.FINISHED): _S.SENT,
    (_S.SENDING, _E.CANCELLED): _S.CANCELLED,
    (_S.PAUSED, _E.RESUMED): _S.SENDING,
    (_S.PAUSED, _E.CANCELLED): _S.CANCELLED,
}


def follow(state: IssueState | None, event: IssueEvent) -> IssueState:
    """Return the state after `event`; None is an issue that does not exist yet. Raises NoSuchTransition."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise NoSuchTransition(f"an issue that is {state or 'new'} cannot be {event}") from None
