"""An issue's deliveries, counted while they are sent. Reads only.

Two looks. `standing` reads only the indexes of what waits and of what is claimed, which shrink as the issue goes
out. `details` walks through all of its deliveries, once for states and lanes and once for domains: seconds for a
million, so whoever watches looks seldom in proportion. Nothing is counted as it is sent: that would cost the
sender, and would have several of them wait for one another's rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, text
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import IS_CLAIMED, IS_WAITING, DeliveryRow
from newsletter.delivery.states import WAITING, DeliveryState
from subscribers.models import Subscriber, Subscription

OPEN = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
MOST_DOMAINS = 12
_TRIED = (DeliveryState.OWED, DeliveryState.DEFERRED)  # of what waits, what is tried again by itself
_REST = "all others"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is not settled for good; `due` of it may be tried now, `last_due` (aware UTC) is when the last may."""

    owed: int
    claimed: int
    deferred: int
    in_doubt: int
    due: int
    last_due: datetime | None

    @property
    def open(self) -> int:
        """Everything still to be worked off."""
        return self.owed + self.claimed + self.deferred


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the deliveries: how many there are, are done, and were accepted. `begins` is a lane's moment."""

    name: str
    total: int
    done: int
    accepted: int
    begins: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Every delivery by state, lane and recipient domain. `put_off` of them wait for their domain's pace."""

    states: Mapping[DeliveryState, int]
    put_off: int
    lanes: Sequence[Part]
    domains: Sequence[Part]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())


def standing(session: Session, issue_id: int, now: datetime) -> Standing:
    """Return what is still open; cheap at any size."""
    owed, deferred, in_doubt = (_counted(session, issue_id, state) for state in WAITING)
    later = _counted(session, issue_id, *_TRIED, DeliveryRow.due_at > now)
    # The nought keeps SQLite from walking through the whole issue: all claims there are fit on a few pages.
    claimed = select(func.count()).select_from(DeliveryRow).where(DeliveryRow.issue_id + 0 == issue_id)
    latest = (_waiting(issue_id, state).with_only_columns(func.max(DeliveryRow.due_at)) for state in _TRIED)
    return Standing(
        owed=owed,
        claimed=session.scalar(claimed.where(text(IS_CLAIMED))) or 0,
        deferred=deferred,
        in_doubt=in_doubt,
        due=owed + deferred - later,
        last_due=max((last for last in map(session.scalar, latest) if last), default=None),
    )


def _counted(session: Session, issue_id: int, *wanted: DeliveryState | ColumnElement[bool]) -> int:
    """Return how many wait in these states, under these conditions; each is a range of the index of what waits."""
    states = [each for each in wanted if isinstance(each, DeliveryState)]
    conditions = [each for each in wanted if not isinstance(each, DeliveryState)]
    counts = (
        _waiting(issue_id, state).with_only_columns(func.count()).select_from(DeliveryRow).where(*conditions)
        for state in states
    )
    return sum(session.scalar(count) or 0 for count in counts)


def _waiting(issue_id: int, state: DeliveryState) -> Select[datetime]:
    is_state = DeliveryRow.state == literal_column(f"'{state}'")
    return select(DeliveryRow.due_at).where(DeliveryRow.issue_id == issue_id, text(IS_WAITING), is_state)


def details(session: Session, issue_id: int, spread: timedelta) -> Details:
    """Return everything, by walking through it. Lanes nearer to each other than `spread` are one."""
    walked = (
        select(
            DeliveryRow.first_due_at,
            DeliveryRow.state,
            func.count(),
            func.sum(case(((DeliveryRow.slot > 0) & DeliveryRow.state.in_(OPEN), 1), else_=0)),
        )
        .where(DeliveryRow.issue_id == issue_id)
        .group_by(DeliveryRow.first_due_at, DeliveryRow.state)
    )
    rows = [(due, DeliveryState(state), number, put) for due, state, number, put in session.execute(walked)]
    states: Counter[DeliveryState] = Counter(dict.fromkeys(DeliveryState, 0))
    for _, state, number, _ in rows:
        states[state] += number
    return Details(
        states=states,
        put_off=sum(put for *_, put in rows),
        lanes=_lanes([(due, state, number) for due, state, number, _ in rows], spread),
        domains=_domains(session, issue_id),
    )


def _lanes(rows: Iterable[tuple[datetime, DeliveryState, int]], spread: timedelta) -> list[Part]:
    """Return the lanes by their moments: what falls due within the spread of a lane's first belongs to it."""
    lanes: dict[datetime, Counter[DeliveryState]] = {}
    begins: datetime | None = None
    for due, state, number in sorted(rows):
        if begins is None or due >= begins + max(spread, timedelta(microseconds=1)):
            begins = due
        lanes.setdefault(begins, Counter())[state] += number
    return [_part("", counted, begins) for begins, counted in lanes.items()]


def _domains(session: Session, issue_id: int) -> list[Part]:
    """Return the domains of most deliveries, and all others as one."""
    domain = domain_of(session)
    walked = (
        select(domain, DeliveryRow.state, func.count())
        .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(DeliveryRow.issue_id == issue_id)
        .group_by(domain, DeliveryRow.state)
    )
    counted: dict[str, Counter[DeliveryState]] = {}
    for name, state, number in session.execute(walked):
        counted.setdefault(name, Counter())[DeliveryState(state)] += number
    ranked = sorted(counted.items(), key=lambda each: (-each[1].total(), each[0]))
    rest = sum((states for _, states in ranked[MOST_DOMAINS:]), Counter[DeliveryState]())
    return [_part(name, states) for name, states in [*ranked[:MOST_DOMAINS], *([(_REST, rest)] if rest else [])]]


def domain_of(session: Session) -> ColumnElement[str]:
    """Return a subscriber's domain as an expression."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(Subscriber.address, func.instr(Subscriber.address, "@") + 1)
    return func.split_part(Subscriber.address, "@", 2)


def _part(name: str, counted: Counter[DeliveryState], begins: datetime | None = None) -> Part:
    still_open = sum(counted[state] for state in OPEN)
    return Part(name, counted.total(), counted.total() - still_open, counted[DeliveryState.ACCEPTED], begins)
