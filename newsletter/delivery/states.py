"""The life of a delivery. Pure, so that what decides about retries needs no database."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands. The books balance: the sum over all states is what was enqueued."""

    OWED = "owed"  # -> claimed, withdrawn
    CLAIMED = "claimed"  # -> accepted, deferred, rejected, in_doubt, owed (not begun)
    DEFERRED = "deferred"  # refused for now -> claimed when due, rejected when given up, withdrawn
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"  # -> claimed again where the policy is to resend, owed where an operator says so
    WITHDRAWN = "withdrawn"  # consent ended, or the issue was cancelled, before it was sent (again)


# What may be tried without anybody holding it.
WAITING = (DeliveryState.OWED, DeliveryState.DEFERRED, DeliveryState.IN_DOUBT)
