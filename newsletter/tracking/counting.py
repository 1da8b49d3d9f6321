"""Counting a hit: written down with its reader and judged, or only added to the sums of an issue long past.

Each hit is a transaction of its own, so that none is lost that was answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.tracking.judging import Kind, Reason, Seen, Who, judge
from newsletter.tracking.sums import Sum
from newsletter.tracking.sums import keep as keep_sum
from newsletter.tracking.tables import Hit
from subscribers.locking import locked

MOST = 100  # hits of one reader on one issue; who sends more by a program counts no more


def count(
    session: Session,
    issue: IssueRow,
    subscription_id: int,
    hit: Seen,
    *,
    accepted_at: datetime | None,
    keep: timedelta,
) -> bool:
    """Count a hit, as far as its reader wants to be counted; tell whether it was.

    On an issue locked longer than `keep` ago it is only added to the sums. Else it is written down, and everything
    that its reader did on the issue is judged anew: `accepted_at` as in `judge`.
    """
    if not _wants(session, subscription_id) or issue.locked_at is None:
        return False
    if issue.locked_at < hit.at - keep:
        _sum_up(session, issue.id, hit)
        return True
    return _write_down(session, issue.id, subscription_id, hit, accepted_at)


def _wants(session: Session, subscription_id: int) -> bool:
    """Tell whether a reader may be counted; from here on one hit of a reader is dealt with at a time."""
    try:
        reader = locked(session, subscription_id).subscriber
    except LookupError:
        return False
    return reader.tracking and reader.erased_at is None


def _write_down(
    session: Session, issue_id: int, subscription_id: int, hit: Seen, accepted_at: datetime | None
) -> bool:
    mine = select(Hit).where(Hit.issue_id == issue_id, Hit.subscription_id == subscription_id).order_by(Hit.id)
    rows = list(session.scalars(mine))
    if len(rows) >= MOST:
        return False
    what = {"kind": hit.kind, "link": hit.link, "at": hit.at, "agent": hit.agent}
    rows.append(Hit(issue_id=issue_id, subscription_id=subscription_id, **what))
    for row, reason in zip(rows, judge([_seen(row) for row in rows], accepted_at), strict=True):
        row.reason = reason
    session.add(rows[-1])
    return True


def _sum_up(session: Session, issue_id: int, hit: Seen) -> None:
    who = Who.PERSON if judge([hit], None) == [Reason.NONE] else Who.MACHINE
    for link in {0, hit.link}:
        keep_sum(session, issue_id, Sum(hit.kind, link, who, 1, 0))


def _seen(row: Hit) -> Seen:
    return Seen(row.at, Kind(row.kind), row.link, row.agent)
