"""What a provider's webhook is. Pure: no database, no network, the moment is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from newsletter.feedback.report import Report

FRESH = timedelta(minutes=5)  # how far a signed moment may lie from ours, either way


@dataclass(frozen=True, slots=True)
class Posted:
    """A request to a webhook; the names of `headers` are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class Forged(Exception):
    """The request does not come from the provider, or is too old; the sentence says why, and is for the log."""


def fresh(timestamp: str, now: datetime) -> None:
    """Refuse a signed moment, in seconds since 1970, that is too far from ours. Raises Forged."""
    try:
        at = datetime.fromtimestamp(float(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise Forged("the moment is no number") from None
    if abs(at - now) > FRESH:
        raise Forged(f"the request is of {at:%Y-%m-%d %H:%M:%S} UTC, which is too old or too new")


class Hook(Protocol):
    """A provider's webhook, with its secret."""

    @property
    def name(self) -> str:
        """The provider's name, as in the configuration and in the webhook's address."""
        ...

    def verify(self, posted: Posted, now: datetime) -> str:
        """Return what tells this request from a replayed one, empty where nothing does. Raises Forged.

        `now` is aware UTC. Compares in constant time.
        """
        ...

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return what a genuine body says, event by event; events without meaning for us are OTHER.

        Raises NotUnderstood.
        """
        ...
