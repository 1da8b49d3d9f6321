"""The ledger: what is owed to whom, what was tried, and what came of it. Works alike on SQLite and PostgreSQL.

    enqueue -> owed | claim -> claimed | settle -> accepted, deferred, rejected, in_doubt | sweep -> in_doubt

Every function works inside the caller's transaction, in which nobody may wait on the network. What protects
readers is the order: a claim is committed before a message's first byte, so whatever may have left is either
settled or in doubt by name. `now` is aware UTC.
"""

from __future__ import annotations

from newsletter.delivery.ledger.books import (
    Line,
    balance,
    deliveries_of,
    due_issues,
    enqueued,
    is_finished,
    next_due,
    still_open,
)
from newsletter.delivery.ledger.claiming import UNDER_WAY, Claim, Claimed, Place, Span, claim
from newsletter.delivery.ledger.due import claimable
from newsletter.delivery.ledger.enqueueing import enqueue
from newsletter.delivery.ledger.settling import Swept, extend, release, settle, sweep

__all__ = [
    "UNDER_WAY", "Claim", "Claimed", "Line", "Place", "Span", "Swept", "balance", "claim", "claimable",
    "deliveries_of", "due_issues", "enqueue", "enqueued", "extend", "is_finished", "next_due", "release",
    "settle", "still_open", "sweep",
]  # fmt: skip
