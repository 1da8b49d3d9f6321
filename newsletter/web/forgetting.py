"""Being forgotten, in every room that knows something of a reader."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.ledger import forgetting as books
from newsletter.feedback import forgetting as feedback
from newsletter.tracking import forgetting as tracking
from newsletter.webhooks import forgetting as webhooks
from subscribers.erasing import erase
from subscribers.evidence import Evidence


def forget(session: Session, app: App, subscription_id: int, evidence: Evidence) -> None:
    """Forget the reader whose subscription this is. Again changes nothing. Raises LookupError."""
    gone = erase(session, app.tokens, subscription_id, evidence, app.clock.now())
    for room in (books, feedback, tracking, webhooks):
        room.forget(session, gone)
