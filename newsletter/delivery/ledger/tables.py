"""The ledger's tables: frozen letters, a delivery per issue and subscription, paces, and the daemon's pulse."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.delivery.states import WAITING, DeliveryState
from subscribers.database import Base, UtcDateTime

__all__ = [
    "DeliveryRow",
    "DeliveryState",
    "Heartbeat",
    "LetterRow",
    "MailboxDomainRow",
    "PaceRow",
    "SeatRow",
    "SummaryRow",
    "WarmUpRow",
]

# SQLite takes an index of some of the rows only for a statement that has its condition in the same words.
IS_WAITING = "state IN ({})".format(", ".join(f"'{state}'" for state in WAITING))
IS_CLAIMED = f"state = '{DeliveryState.CLAIMED}'"


def _due_at(context: DefaultExecutionContext) -> datetime:
    parameters: dict[str, datetime] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return parameters["due_at"]


class LetterRow(Base):
    """A frozen letter: what is sent for this issue and variant, whatever is edited afterwards.

    `greeting` (with `{name}`) and `greeting_nameless` are the words of its language, frozen as well. `enqueued` is
    how many deliveries are to be sent with it: what the books must add up to. `version` counts from 1; a
    correction freezes a further one beside those that were sent.
    """

    __tablename__ = "letters"
    __table_args__ = (UniqueConstraint("issue_id", "variant", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    variant: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    greeting: Mapped[str] = mapped_column(Text, default="")
    greeting_nameless: Mapped[str] = mapped_column(Text, default="")
    enqueued: Mapped[int] = mapped_column(default=0)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeliveryRow(Base):
    """Issue × subscription. Keyed so, an issue cannot owe the same reader twice.

    `due_at` is when it may be tried next, `first_due_at` when it first could have been. `attempts` counts the
    tries that reached the other side. `doubts` counts how often nobody knew whether it had arrived, and never goes
    back: a delivery without doubts was sent at most once. `owner` is the run that claimed it, until `lease_until`.
    `slot` above 0 says that its domain's pace gave it the time `due_at`: see `PaceRow.epoch`. `left_at` is when
    somebody decided that a doubt stays one: it is neither sent again nor asked about any more.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        # What is settled stands in neither, so that settling leaves them alone.
        Index(
            "ix_deliveries_waiting",
            "issue_id",
            "state",
            "due_at",
            "subscription_id",
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
        Index(
            "ix_deliveries_claimed",
            "lease_until",
            sqlite_where=text(IS_CLAIMED),
            postgresql_where=text(IS_CLAIMED),
        ),
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in DeliveryState)), name="state"),
        {"sqlite_with_rowid": False},
    )

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_due_at)
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16), default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    remote_id: Mapped[str] = mapped_column(Text, default="")
    slot: Mapped[int] = mapped_column(default=0, server_default="0")
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SummaryRow(Base):
    """What is left of an issue's deliveries once they were dropped: how many ended how."""

    __tablename__ = "delivery_summaries"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    deliveries: Mapped[int]
    doubts: Mapped[int]
    first_settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaceRow(Base):
    """How fast may be sent now, for all processes together. `key` is a recipient domain; empty: the transport.

    `rate` is in messages per second, 0 without a limit. `next_at` is when the next message may leave. `epoch`
    grows each time the pace is slowed down, which makes the places given out before void.
    """

    __tablename__ = "paces"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    rate: Mapped[float] = mapped_column(Double)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    epoch: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class SeatRow(Base):
    """How much of a limit on concurrency a running sender holds, until `held_until`. `key` as in PaceRow."""

    __tablename__ = "seats"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    seats: Mapped[int]
    held_until: Mapped[datetime] = mapped_column(UtcDateTime)


class WarmUpRow(Base):
    """A day of a warm-up at one mailbox provider, in the newsroom's time zone.

    `step` is the ramp's, from 0; at most `cap` letters may be tried, and `taken` were. So many others were
    `put_off`. `held` says why the ramp does not go on from here; empty where it does.
    """

    __tablename__ = "warm_up_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(16), primary_key=True)
    step: Mapped[int]
    cap: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    put_off: Mapped[int] = mapped_column(default=0)
    held: Mapped[str] = mapped_column(Text, default="")


class MailboxDomainRow(Base):
    """Which large mailbox provider takes the mail of a readers' domain, by its MX as it was at `looked_at`."""

    __tablename__ = "mailbox_domains"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heartbeat(Base):
    """When a daemon last drew breath and what it will do next, for the desk and `newsletter config check`."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_action: Mapped[str] = mapped_column(Text, default="")
