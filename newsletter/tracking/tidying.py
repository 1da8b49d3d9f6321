"""Tidying: what readers did on an issue long past is summed up, and the readers are forgotten.

A chunk is some readers with all of their hits on the issue, so that the sums of readers add up. Its sums and its
deletion are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, select
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.tracking.sums import keep, of_hits
from newsletter.tracking.tables import Hit
from subscribers.database import Database

CHUNK = 2_000  # readers of one transaction, so that a sender waits for a moment only


def tidy(
    database: Database, before: datetime, *, stop: Callable[[], bool] = lambda: False, chunk: int = CHUNK
) -> int:
    """Sum up and drop the hits on issues locked before a moment (aware UTC); return how many.

    It may be broken off.
    """
    with database.reading() as session:
        old = select(IssueRow.id).where(IssueRow.locked_at < before, exists().where(Hit.issue_id == IssueRow.id))
        issues = list(session.scalars(old.order_by(IssueRow.id)))
    return sum(_tidy_issue(database, issue_id, stop, chunk) for issue_id in issues)


def _tidy_issue(database: Database, issue_id: int, stop: Callable[[], bool], chunk: int) -> int:
    dropped = 0
    while not stop():
        with database.writing() as session:
            gone = _tidy_some(session, issue_id, chunk)
        if not gone:
            break
        dropped += gone
    return dropped


def _tidy_some(session: Session, issue_id: int, chunk: int) -> int:
    of_issue = Hit.issue_id == issue_id
    first = select(Hit.subscription_id).where(of_issue).distinct().order_by(Hit.subscription_id).limit(chunk)
    last = session.scalar(select(func.max(first.subquery().c.subscription_id)))
    if last is None:
        return 0
    some = and_(of_issue, Hit.subscription_id <= last)
    for each in of_hits(session, some):
        keep(session, issue_id, each)
    return session.connection().execute(delete(Hit).where(some)).rowcount
