"""What is known of one reader's hits, for whoever asks for their data, and forgetting it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.tracking.tables import Hit, TrackedLink


def forget(session: Session, subscription_ids: Collection[int]) -> int:
    """Drop every hit of these subscriptions; return how many. Sums hold no reader and stay."""
    gone = delete(Hit).where(Hit.subscription_id.in_(subscription_ids))
    return session.connection().execute(gone).rowcount


def of_readers(session: Session, subscription_ids: Collection[int]) -> Iterator[dict[str, str]]:
    """Yield these subscriptions' hits, the oldest first, for the copy of somebody's data."""
    link = (TrackedLink.issue_id == Hit.issue_id) & (TrackedLink.number == Hit.link)
    wanted = (
        select(Hit.at, IssueRow.newsletter, IssueRow.date, Hit.kind, TrackedLink.url, Hit.reason)
        .join(IssueRow, IssueRow.id == Hit.issue_id)
        .outerjoin(TrackedLink, link)
        .where(Hit.subscription_id.in_(subscription_ids))
        .order_by(Hit.at, Hit.id)
    )
    for at, newsletter, date, kind, url, reason in session.execute(wanted):
        facts = {"at": at.isoformat(), "newsletter": newsletter, "issue": str(date), "what": str(kind)}
        yield facts | {"link": url or "", "machine_because": str(reason)}
