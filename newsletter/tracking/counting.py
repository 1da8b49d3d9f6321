"""Counting a hit: written down with its reader and judged, or only added to the sums of an issue long past.

Each hit is a transaction of its own, so that none is lost that was answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.tracking.judging import Kind, Reason, Seen, Who, judge
from newsletter.tracking.sums import Sum
from newsletter.tracking.sums import keep as keep_sum
from newsletter.tracking.tables import Hit
from subscribers.models import Subscriber, Subscription

_ROW = (Hit.id, Hit.kind, Hit.link, Hit.at, Hit.agent, Hit.reason)

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
    owner = select(Subscription.subscriber_id).where(Subscription.id == subscription_id).scalar_subquery()
    asked = select(Subscriber.tracking, Subscriber.erased_at).where(Subscriber.id == owner).with_for_update()
    reader = session.execute(asked).one_or_none()
    return reader is not None and reader.tracking and reader.erased_at is None


def _write_down(
    session: Session, issue_id: int, subscription_id: int, hit: Seen, accepted_at: datetime | None
) -> bool:
    mine = Hit.issue_id == issue_id, Hit.subscription_id == subscription_id
    earlier = session.execute(select(*_ROW).where(*mine).order_by(Hit.id)).all()
    if len(earlier) >= MOST:
        return False
    seen = [Seen(row.at, Kind(row.kind), row.link, row.agent) for row in earlier]
    *reasons, reason = judge([*seen, hit], accepted_at)
    what = {"kind": hit.kind, "link": hit.link, "at": hit.at, "agent": hit.agent, "reason": reason}
    session.execute(insert(Hit), {"issue_id": issue_id, "subscription_id": subscription_id, **what})
    for row, now in zip(earlier, reasons, strict=True):
        if row.reason != now:
            session.execute(update(Hit).where(Hit.id == row.id).values(reason=now))
    return True


def _sum_up(session: Session, issue_id: int, hit: Seen) -> None:
    who = Who.PERSON if judge([hit], None) == [Reason.NONE] else Who.MACHINE
    for link in {0, hit.link}:
        keep_sum(session, issue_id, Sum(hit.kind, link, who, 1, 0))
