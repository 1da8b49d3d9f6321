"""Claiming: the durable word that a delivery is about to be tried, given before its first byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.admission import Candidate, Gate, Later, OpenGate
from newsletter.delivery.ledger.due import Due, claimable, due
from newsletter.delivery.ledger.statements import Moments, Statement, stored
from newsletter.delivery.states import DeliveryState
from newsletter.issues.states import IssueState
from newsletter.settings import InDoubt

# An issue that is sent owes something again when an operator had copies in doubt sent once more.
UNDER_WAY = frozenset({IssueState.SENDING, IssueState.SENT})

_OPEN_GATE = OpenGate()
_POSTPONING_ROUNDS = 8  # of which nobody may go; more in one transaction would hold up others
_START = (datetime.min.replace(tzinfo=UTC), 0)


class Claim(NamedTuple):
    """One delivery that is ours to try now. `attempts` counts this try. A plain tuple: one is made per message."""

    subscription_id: int
    letter_id: int
    email: str
    name: str
    attempts: int
    first_due_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an issue: the subscriptions from `first` to `last`, both of it."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim left off, so that the next need not walk past what is gone. Only `claim` reads it."""

    after: Mapping[DeliveryState, tuple[object, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: the deliveries, and how many were withdrawn because their reader has left.

    `postponed` is how many the gate put off; `is_cut_short` tells that it put off so many that the claim stopped
    looking, though more may be due. `place` is for the next claim of the same run and span.
    """

    claims: tuple[Claim, ...] = ()
    withdrawn: int = 0
    postponed: int = 0
    is_cut_short: bool = False
    place: Place = Place()


def claim(
    session: Session,
    issue_id: int,
    owner: str,
    now: datetime,
    *,
    lease: timedelta,
    limit: int,
    in_doubt: InDoubt,
    gate: Gate = _OPEN_GATE,
    span: Span | None = None,
    place: Place | None = None,
) -> Claimed:
    """Claim up to `limit` deliveries that are due, and withdraw those whose reader may not be mailed any more.

    Nothing is claimed unless the issue is being sent. Copies in doubt are claimed under the policy `resend`, last.
    `owner` must be unique to this run: it fences what is settled later. The first claim begins the issue. What
    `gate` puts off keeps its state and gets the time it is given.
    """
    connection = session.connection()
    found = _ISSUE.run(connection, issue_id=issue_id).one_or_none()
    if found is None or found[0] not in UNDER_WAY:
        return Claimed()
    states = claimable(in_doubt)
    run = _Claiming(session, connection, issue_id, now, states, gate, span, dict(place.after if place else {}))
    run.work(owner, now + lease, gate.allowance(session, now, limit))
    if run.claims and found[1] is None:
        _BEGIN.run(connection, issue_id=issue_id, now=run.now_stored)
    return Claimed(tuple(run.claims), run.withdrawn, run.postponed, run.is_cut_short, Place(run.after))


@dataclass(slots=True)
class _Claiming:
    """One claim under way. `after` says for each state up to where this run has been."""

    session: Session
    connection: Connection
    issue_id: int
    now: datetime
    states: Sequence[DeliveryState]
    gate: Gate
    span: Span | None
    after: dict[DeliveryState, tuple[object, int]]
    claims: list[Claim] = field(default_factory=list)
    withdrawn: int = 0
    postponed: int = 0
    is_cut_short: bool = False
    moments: Moments = field(init=False)
    now_stored: object = field(init=False)
    start: tuple[object, int] = field(init=False)

    def __post_init__(self) -> None:
        dialect = self.connection.dialect
        self.moments, self.now_stored = Moments(dialect), stored(dialect, self.now)
        self.start = stored(dialect, _START[0]), (self.span.first if self.span else _START[1]) - 1

    def work(self, owner: str, lease_until: datetime, limit: int) -> None:
        """Go on until enough are claimed, nothing is due, or the gate let nobody through too often."""
        until, in_vain = stored(self.connection.dialect, lease_until), 0
        while len(self.claims) < limit and not self.is_cut_short:
            rows = self._take(limit - len(self.claims))
            if not rows:
                break
            ours = self._admitted(self._readers(rows))
            if ours:
                self._mark([row[0] for row in ours], owner, until)
                moments = self.moments
                self.claims += [
                    Claim(key, letter, email, name, attempts + 1, moments[first])
                    for key, letter, email, name, attempts, first, _, _, _ in ours
                ]
            in_vain = 0 if ours or not self.postponed else in_vain + 1
            self.is_cut_short = in_vain >= _POSTPONING_ROUNDS

    def _take(self, limit: int) -> Sequence[Due]:
        """Return due deliveries of the first state that has any, locked against other senders.

        One state at a time, so that each is one range of the index and a claim costs the same however long the
        list. With nothing at all after our places we look from the start: others may have given something back.
        """
        rows = self._next(limit)
        if not rows and self.after and not self.claims:
            self.after.clear()
            rows = self._next(limit)
        return rows

    def _next(self, limit: int) -> Sequence[Due]:
        for state in self.states:
            after_due, after = self.after.get(state, self.start)
            values = {"issue_id": self.issue_id, "now": self.now_stored, "after": after, "limit": limit}
            values |= {"last": self.span.last} if self.span else {"after_due": after_due}
            rows = due(state, self.span is not None).run(self.connection, **values).all()
            if rows:
                self.after[state] = rows[-1][8], rows[-1][0]
                return cast("Sequence[Due]", rows)
        return []

    def _readers(self, rows: Sequence[Due]) -> Sequence[Due]:
        """Withdraw those whose reader has left, and return the others."""
        gone = [row[0] for row in rows if not row[7]]
        if not gone:
            return rows
        keys = _keys(self.connection, gone)
        _WITHDRAW.run(self.connection, issue_id=self.issue_id, keys=keys, now=self.now_stored)
        self.withdrawn += len(gone)
        return [row for row in rows if row[7]]

    def _admitted(self, rows: Sequence[Due]) -> Sequence[Due]:
        """Put off whom the gate does not let through, and return the others."""
        if not rows or isinstance(self.gate, OpenGate):
            return rows
        answers = self.gate.admit(self.session, self.now, [Candidate(row[2], row[6], row[4]) for row in rows])
        self._postpone([(row[0], later) for row, later in zip(rows, answers, strict=True) if later])
        return [row for row, later in zip(rows, answers, strict=True) if later is None]

    def _postpone(self, put_off: Sequence[tuple[int, Later]]) -> None:
        for statement, chosen in (
            (_POSTPONE, [each for each in put_off if not each[1].reply]),
            (_PUT_OFF, [each for each in put_off if each[1].reply and not each[1].is_never]),
            (_SKIP, [each for each in put_off if each[1].is_never]),
        ):
            if chosen:
                statement.run_many(self.connection, [self._values(*each) for each in chosen])
        never = sum(later.is_never for _, later in put_off)
        self.withdrawn += never
        self.postponed += len(put_off) - never

    def _values(self, key: int, later: Later) -> dict[str, object]:
        due_at = stored(self.connection.dialect, later.due_at)
        return {
            "issue_id": self.issue_id,
            "key": key,
            "due_at": due_at,
            "slot": later.slot,
            "reply": later.reply,
            "now": self.now_stored,
        }

    def _mark(self, keys: Iterable[int], owner: str, lease_until: object) -> None:
        wanted = _keys(self.connection, keys)
        _MARK.run(self.connection, issue_id=self.issue_id, keys=wanted, owner=owner, lease_until=lease_until)


def _of_keys(change: str) -> Statement:
    """Return a statement that changes the rows of `keys`, one value however many they are.

    PostgreSQL, which counts the rows of a new issue later, is told the issue row by row, lest it begin with all of
    the issue.
    """
    listed = {
        "sqlite": "WHERE issue_id = :issue_id AND subscription_id IN (SELECT value FROM json_each(:keys))",
        "postgresql": "FROM (SELECT CAST(:issue_id AS int) AS issue, unnest(CAST(:keys AS int[])) AS key "
        "OFFSET 0) AS wanted WHERE issue_id = wanted.issue AND subscription_id = wanted.key",
    }
    return Statement(lambda dialect: text(f"{change} {listed[dialect]}"))


def _keys(connection: Connection, keys: Iterable[int]) -> object:
    kept = list(keys)
    return f"[{','.join(map(str, kept))}]" if connection.dialect.name == "sqlite" else kept


_ISSUE = Statement(lambda _: text("SELECT state, begun_at FROM issues WHERE id = :issue_id"))

# Past the mapper on purpose: nobody's view of the issue is outdated by it, so its version stays. From the first
# claim on the issue's stories count as used.
_BEGIN = Statement(lambda _: text("UPDATE issues SET begun_at = :now WHERE id = :issue_id AND begun_at IS NULL"))

_MARK = _of_keys(
    "UPDATE deliveries SET state = 'claimed', owner = :owner, lease_until = :lease_until, "
    "attempts = attempts + 1, slot = 0"
)
_WITHDRAW = _of_keys(
    "UPDATE deliveries SET state = 'withdrawn', settled_at = :now, reply = 'the reader had left or paused'"
)
_POSTPONE = Statement(
    lambda _: text(
        "UPDATE deliveries SET due_at = :due_at, slot = :slot "
        "WHERE issue_id = :issue_id AND subscription_id = :key"
    )
)
_PUT_OFF = Statement(
    lambda _: text(
        "UPDATE deliveries SET due_at = :due_at, first_due_at = :due_at, slot = 0, reply = :reply "
        "WHERE issue_id = :issue_id AND subscription_id = :key"
    )
)
_SKIP = Statement(
    lambda _: text(
        "UPDATE deliveries SET state = 'withdrawn', settled_at = :now, reply = :reply "
        "WHERE issue_id = :issue_id AND subscription_id = :key"
    )
)
