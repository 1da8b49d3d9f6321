"""Erasure in what came back: that something came stays, what names the reader does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.feedback.tables import Incoming, IncomingState, ReportRow


def forget(session: Session, subscription_ids: Collection[int]) -> None:
    """Empty the reports on these subscriptions, and the mails and requests that they were read out of."""
    theirs = ReportRow.subscription_id.in_(subscription_ids)
    read_out_of = select(ReportRow.incoming_id).where(theirs)
    done = Incoming.id.in_(read_out_of), Incoming.state == IncomingState.DONE
    session.execute(update(Incoming).where(*done).values(body=b"").execution_options(synchronize_session=False))
    session.execute(update(ReportRow).where(theirs).values(recipient="", words="", remote_id=""))


def of_readers(session: Session, subscription_ids: Collection[int]) -> Iterator[dict[str, str]]:
    """Yield the reports on these subscriptions, the oldest first, for the copy of somebody's data."""
    wanted = select(ReportRow).where(ReportRow.subscription_id.in_(subscription_ids)).order_by(ReportRow.id)
    for row in session.scalars(wanted):
        yield {"at": row.at.isoformat(), "report": row.kind, "words": row.words, "consequence": row.consequence}
