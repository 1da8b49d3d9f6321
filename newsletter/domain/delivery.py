"""What goes to a transport and what comes back: the seam between the ledger and the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    (empty for a null one). `values` fills the letter's holes. `reference` names the delivery to the outside, and
    can't be guessed; empty for mail that is no issue's. `tries` counts this one: above 1, an earlier one may have
    been taken without our knowing.
    """

    key: int
    sender: str
    recipient: str
    values: Mapping[str, str]
    reference: str = ""
    tries: int = 1


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
    """The other side can't be reached or closed the line: every envelope without an outcome is still owed.

    `reply` is what it said as it did so, if anything.
    """

    def __init__(self, sentence: str, reply: str = "") -> None:
        super().__init__(sentence)
        self.reply = reply


class IssueRefused(Exception):
    """The other side refuses the content, the sender or our credentials: no recipient is to blame."""


class Transport(Protocol):
    """A way to hand messages over: it takes envelopes without waiting, and tells their outcomes as they come."""

    @property
    def capacity(self) -> int:
        """How many envelopes it can hold at once; whoever feeds it leaves as many claims open, and not more."""
        ...

    @property
    def room(self) -> int:
        """How many more envelopes it would take now; `capacity` when it holds none."""
        ...

    def send(self, batch: Batch) -> None:
        """Take a batch of at most `room` envelopes. Raises KeyError naming a value that a hole lacks."""
        ...

    def receive(self, patience: float) -> Sequence[Outcome]:
        """Work on what was taken, and return outcomes that became known, at most one per envelope, in any order.

        Returns as soon as there are any, at once when it holds no envelope, and with none after `patience`
        seconds. An envelope whose last byte may have left and whose reply is unknown gets IN_DOUBT before anything
        is raised. Raises TransportDown or IssueRefused; whatever was taken and has no outcome then was not sent,
        and is forgotten here.
        """
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice; `send` after it opens them anew."""
        ...


class BatchTransport(Protocol):
    """A way to hand messages over, one batch after the other. `transports.queued` makes a Transport of it."""

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        """Send the batch and yield each outcome as it becomes known, under the rules of `Transport.receive`."""
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice; `deliver` after it opens them anew."""
        ...


def deliver(transport: Transport, batch: Batch, patience: float = 1.0) -> Iterator[Outcome]:
    """Send one batch over an idle transport and yield its outcomes. Raises what `send` and `receive` raise."""
    waiting = list(batch.envelopes)
    open_ = 0
    while waiting or open_:
        if room := min(transport.room, len(waiting)):
            transport.send(Batch(batch.letter, tuple(waiting[:room])))
            del waiting[:room]
            open_ += room
        for outcome in transport.receive(patience):
            open_ -= 1
            yield outcome
