"""What goes to a transport and what comes back: the seam between the ledger and the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from newsletter.domain.letter import Letter


class Verdict(StrEnum):
    """What became of one recipient's message, as far as the transport can know."""

    ACCEPTED = "accepted"  # the other side took responsibility for it
    DEFERRED = "deferred"  # refused for now (4xx); a later try is safe
    REJECTED = "rejected"  # refused for good (5xx on this recipient)
    IN_DOUBT = "in_doubt"  # the last byte was handed over and no reply came (RFC 5321 section 4.5.3.2.6)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One recipient of a batch.

    `key` is the ledger's name for the delivery and comes back in the outcome. `sender` is the return path
    (empty for a null one). `values` fills the letter's holes.
    """

    key: int
    sender: str
    recipient: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """One letter and the readers it goes to. An API transport may send it as one request with merge variables."""

    letter: Letter
    envelopes: tuple[Envelope, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The transport's answer for one envelope.

    `status` is an RFC 3463 enhanced status code ("5.1.1"), `reply` the other side's words, `remote_id` its
    queue id where it gives one.
    """

    key: int
    verdict: Verdict
    status: str = ""
    reply: str = ""
    remote_id: str = ""


class TransportDown(Exception):
    """The other side can't be reached or closed the line: every envelope without an outcome is still owed."""


class IssueRefused(Exception):
    """The other side refuses the content, the sender or our credentials: no recipient is to blame."""


class Transport(Protocol):
    """A way to hand messages over."""

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        """Send the batch and yield each outcome as it becomes known, in any order, at most one per envelope.

        An envelope whose last byte may have left and whose reply is unknown gets IN_DOUBT before anything is
        raised. Raises TransportDown or IssueRefused; what has no outcome then was not sent.
        """
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice; `deliver` after it opens them anew."""
        ...
