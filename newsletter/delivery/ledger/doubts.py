"""Deliveries in doubt that wait for somebody's decision: send them again, or leave them as they are.

Which wait depends on the policy. `ask`: all. `resend`: those that were in doubt too often to be sent again by
themselves. `skip`: none. What is decided stands in the issue's history with who decided it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ColumnElement, func, literal_column, select, update
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.answers import Answer, answers
from newsletter.delivery.ledger.claiming import UNDER_WAY
from newsletter.delivery.ledger.tables import IS_WAITING, DeliveryRow
from newsletter.delivery.retry import MOST_DOUBTS
from newsletter.delivery.states import DeliveryState
from newsletter.issues import store
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.settings import InDoubt

_UNDER_WAY = UNDER_WAY | {IssueState.PAUSED}


class Decision(StrEnum):
    """What is done about deliveries in doubt; the value stands in the issue's history."""

    RESEND = "sent again"  # the same message with the same Message-ID; the reader may find two
    LEAVE = "left in doubt"  # they stay in doubt, and nobody is asked any more


def count(session: Session, issue_id: int, policy: InDoubt) -> int:
    """Return how many wait for a decision."""
    return session.scalar(select(func.count()).select_from(DeliveryRow).where(*_wait(issue_id, policy))) or 0


def waiting(session: Session, issue_id: int, policy: InDoubt, limit: int) -> Sequence[Answer]:
    """Return the first of those that wait for a decision."""
    return list(answers(session, issue_id=issue_id, conditions=_wait(issue_id, policy), limit=limit))


def decide(
    session: Session,
    issue_id: int,
    decision: Decision,
    now: datetime,
    *,
    actor: str,
    subscription_id: int | None = None,
    seen_at: datetime | None = None,
) -> int:
    """Decide on all deliveries in doubt that nobody left so before, or on one reader's; return on how many.

    What came into doubt after `seen_at` (aware UTC) is not decided on: whoever decides has not seen it. Raises
    LookupError, and NoSuchTransition for what can't be sent again because the issue is not under way.
    """
    issue = store.get(session, issue_id)
    if decision is Decision.RESEND and issue.state not in _UNDER_WAY:
        raise NoSuchTransition(_cannot(issue))
    concerned = [*_in_doubt(issue_id), DeliveryRow.settled_at <= (seen_at or now)]
    if subscription_id is not None:
        concerned.append(DeliveryRow.subscription_id == subscription_id)
    if subscription_id is None or decision is Decision.LEAVE:
        concerned.append(DeliveryRow.left_at.is_(None))
    change = update(DeliveryRow).where(*concerned).values(_changes(decision, now))
    decided = session.connection().execute(change).rowcount
    if decided:
        issue.history.append(IssueHistory(event=decision, at=now, actor=actor, detail=_told(decided)))
        session.flush()
    return decided


def _changes(decision: Decision, now: datetime) -> dict[str, object]:
    if decision is Decision.LEAVE:
        return {"left_at": now}
    return {"state": DeliveryState.OWED, "due_at": now, "owner": "", "lease_until": None, "left_at": None}


def _wait(issue_id: int, policy: InDoubt) -> list[ColumnElement[bool]]:
    least = {InDoubt.ASK: 0, InDoubt.RESEND: MOST_DOUBTS, InDoubt.SKIP: 2**31 - 1}[policy]
    return [*_in_doubt(issue_id), DeliveryRow.left_at.is_(None), DeliveryRow.doubts >= least]


def _in_doubt(issue_id: int) -> list[ColumnElement[bool]]:
    """The first condition lets an index be used that holds nothing of what is settled."""
    is_in_doubt = DeliveryRow.state == DeliveryState.IN_DOUBT
    return [literal_column(f"deliveries.{IS_WAITING}", Boolean()), DeliveryRow.issue_id == issue_id, is_in_doubt]


def _cannot(issue: IssueRow) -> str:
    return f"The {issue.newsletter} issue of {issue.date:%-d %B %Y} is {issue.state}; nothing of it is sent again."


def _told(decided: int) -> str:
    return f"{decided} {'delivery' if decided == 1 else 'deliveries'} in doubt"
