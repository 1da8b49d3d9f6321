"""What an editor can do to an issue, when it is offered, and the guard against acting on an outdated view."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.editors.roles import Role
from newsletter.issues import store
from newsletter.issues.states import TRANSITIONS, IssueEvent, IssueState
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.settings import Settings

_E, _S = IssueEvent, IssueState


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants it, when (aware UTC) and why."""

    actor: str
    now: dt.datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the editor was looking at: the issue's version and the last line of its history."""

    version: int
    history: int


class Outdated(Exception):
    """The issue changed since the editor's page was made; nothing was done."""

    def __init__(self, issue_id: int, seen: Seen) -> None:
        super().__init__("this issue changed since your page was made, so nothing was done")
        self.issue_id, self.seen = issue_id, seen


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing an editor can do. `event` decides in which states it is offered; `unless` takes some away."""

    name: str
    label: str
    done: str
    event: IssueEvent
    act: Callable[[Session, Settings, int, Order], object]
    confirmed: bool = False  # asked once more on a page of its own
    explained: bool = False  # takes a reason
    needs: Role = Role.PUBLISHER
    unless: frozenset[IssueState] = frozenset()

    def offered(self, state: IssueState) -> bool:
        """Tell whether it means anything in that state."""
        return (state, self.event) in TRANSITIONS and state not in self.unless


def _change(verb: Callable[..., object]) -> Callable[[Session, Settings, int, Order], object]:
    """Return the deed of a function of the issues' store that takes a reason."""

    def act(session: Session, _settings: Settings, issue_id: int, order: Order) -> object:
        return verb(session, issue_id, order.now, actor=order.actor, reason=order.reason)

    return act


def _send_now(session: Session, _settings: Settings, issue_id: int, order: Order) -> object:
    return store.send_now(session, issue_id, order.now, actor=order.actor)


def _rebuild(session: Session, settings: Settings, issue_id: int, order: Order) -> object:
    row = session.get_one(IssueRow, issue_id)
    newsletter = settings.newsletter(row.newsletter)
    return store.build(session, settings, newsletter, row.date, order.now, actor=order.actor, rebuild=True)


_release, _resume, _pause = _change(store.release), _change(store.resume), _change(store.pause)
_hold, _cancel = _change(store.hold), _change(store.cancel)

_RELEASED = frozenset({_S.APPROVED})

DEEDS = (
    Deed("send-now", "Send now", "Released, and due at once.", _E.RELEASED, _send_now, confirmed=True),
    Deed("release", "Release", "Released for the send time.", _E.RELEASED, _release, unless=_RELEASED),
    Deed("resume", "Resume", "Sending goes on.", _E.RESUMED, _resume),
    Deed("pause", "Pause", "Paused. The window in flight is finished first.", _E.PAUSED, _pause, explained=True),
    Deed("hold", "Hold", "Held. Nothing goes out until it is released.", _E.HELD, _hold, explained=True),
    Deed(
        "rebuild",
        "Rebuild",
        "Built anew from the articles as they are now.",
        _E.REBUILT,
        _rebuild,
        needs=Role.EDITOR,
    ),
    Deed("cancel", "Cancel", "Cancelled.", _E.CANCELLED, _cancel, confirmed=True, explained=True),
)


def deed(name: str) -> Deed:
    """Return the deed of that name. Raises KeyError."""
    return {each.name: each for each in DEEDS}[name]


def perform(session: Session, settings: Settings, what: Deed, issue_id: int, *, seen: Seen, order: Order) -> None:
    """Do it, in a transaction that may write. Raises LookupError, Outdated, NoSuchTransition."""
    if store.get(session, issue_id).version != seen.version:
        raise Outdated(issue_id, seen)
    what.act(session, settings, issue_id, order)


def history(session: Session, issue_id: int, after: int = 0) -> list[IssueHistory]:
    """Return what was done to the issue, the latest first; only the lines after `after`."""
    query = select(IssueHistory).where(IssueHistory.issue_id == issue_id, IssueHistory.id > after)
    return list(session.scalars(query.order_by(IssueHistory.id.desc())))


def seen_now(session: Session, row: IssueRow) -> Seen:
    """Return what a page made now would show."""
    last = session.scalar(select(func.max(IssueHistory.id)).where(IssueHistory.issue_id == row.id))
    return Seen(row.version, last or 0)
