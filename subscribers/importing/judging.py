"""What becomes of an entry, given what the register knows of its address. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from subscribers.importing.entries import Entry
from subscribers.importing.products import Elsewhere
from subscribers.importing.report import Fate, Reason, Refusal
from subscribers.states import Event, State, follow


@dataclass(frozen=True, slots=True)
class Known:
    """What the register knows: how the subscription stands, and what bars the address.

    `has_acted` is whether the reader themselves did something about a subscription, to any newsletter, that
    goes on.
    """

    subscription_id: int | None
    state: State | None
    barred: str | None
    has_acted: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A subscription that is there already goes from one state to another."""

    subscription_id: int
    before: State
    event: Event

    @property
    def fate(self) -> Fate:
        """What the report calls it."""
        return Fate.BACK if self.event is Event.IMPORTED else Fate.LEFT


BARS = frozenset({Elsewhere.BOUNCED, Elsewhere.COMPLAINED, Elsewhere.BARRED})


# What becomes of somebody of whom the register knows nothing that matters.
FATES = {Elsewhere.SUBSCRIBED: Fate.NEW, Elsewhere.UNSUBSCRIBED: Fate.LEFT, **dict.fromkeys(BARS, Fate.BARRED)}


def graver(one: Entry, other: Entry) -> Entry:
    """Return the one of two entries of an address by which it is mailed less."""
    order = tuple(Elsewhere)
    return max(one, other, key=lambda entry: order.index(entry.elsewhere))


def judge(entry: Entry, known: Known) -> Fate | Change | Refusal:
    """Return what becomes of an entry whose address the register knows."""
    if entry.elsewhere is Elsewhere.SUBSCRIBED:
        return _of_subscribed(entry, known)
    return _of_barred(entry, known) if entry.elsewhere in BARS else _of_leaver(entry, known)


def _of_barred(entry: Entry, known: Known) -> Fate | Refusal:
    if known.barred:
        return Fate.UNCHANGED
    return _came_themselves(entry) if known.has_acted else Fate.BARRED


def _of_leaver(entry: Entry, known: Known) -> Fate | Change | Refusal:
    if known.subscription_id is None or known.state is None:
        return Fate.LEFT
    if known.state is State.UNSUBSCRIBED:
        return Fate.UNCHANGED
    if known.has_acted:
        return _came_themselves(entry)
    return Change(known.subscription_id, known.state, Event.UNSUBSCRIBED)


def _came_themselves(entry: Entry) -> Refusal:
    return entry.refused(
        Reason.CAME_THEMSELVES, "is gone there, but has come here by themselves; nothing is changed"
    )


def _of_subscribed(entry: Entry, known: Known) -> Fate | Change | Refusal:
    if known.barred:
        return entry.refused(Reason.SUPPRESSED, f"is suppressed: {known.barred.replace('_', ' ')}")
    if known.state is State.PENDING:
        return entry.refused(Reason.PENDING, "has signed up and not confirmed yet")
    if known.state is State.UNSUBSCRIBED:
        return entry.refused(Reason.LEFT, "has left; only the reader can come back")
    if known.subscription_id is None or known.state is None:
        return Fate.NEW
    if follow(known.state, Event.IMPORTED) is known.state:
        return Fate.UNCHANGED
    return Change(known.subscription_id, known.state, Event.IMPORTED)
