"""An issue with readers, and a transport that does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from newsletter.clock import SetChance, SetClock
from newsletter.delivery import ledger
from newsletter.delivery.ledger import Line
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.sending.sender import SendReport, send_issue
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import (
    Batch,
    Envelope,
    IssueRefused,
    Outcome,
    Transport,
    TransportDown,
    Verdict,
)
from newsletter.domain.letter import Letter
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import DeliverySettings, InDoubt, Settings
from newsletter.transports.queued import Queued
from subscribers.audience import readers
from subscribers.database import Database
from subscribers.models import Subscriber, Subscription, SuppressionReason
from subscribers.states import State
from subscribers.suppression import suppress
from subscribers.tokens import Tokens
from tests.letters import small_letter

Act = Callable[[Envelope], Outcome | None]


@dataclass
class Script:
    """A transport in memory. `act` may answer for an envelope, or raise; else it is accepted."""

    act: Act = lambda envelope: None
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        for envelope in batch.envelopes:
            message = batch.letter.stamp(envelope.values)
            outcome = self.act(envelope) or Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "250 ok", "Q1")
            if outcome.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
                self.sent.append((envelope.recipient, message))
            yield outcome

    def close(self) -> None: ...

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.sent]


@dataclass
class House:
    """One issue being sent, its readers, and everything a sender works with."""

    settings: Settings
    database: Database
    tokens: Tokens
    clock: SetClock
    chance: SetChance
    issue_id: int = 0

    def policy(self, **changes: object) -> None:
        self.settings = replace(self.settings, delivery=replace(self.settings.delivery, **changes))  # type: ignore[arg-type]

    def choose(self, number: int, **columns: object) -> None:
        """Change what a reader's subscription says."""
        with self.database.writing() as session:
            session.execute(update(Subscription).where(Subscription.id == number).values(**columns))

    def live(self, number: int, time_zone: str) -> None:
        """Let a reader live in another zone."""
        with self.database.writing() as session:
            session.execute(update(Subscriber).where(Subscriber.id == number).values(time_zone=time_zone))

    def reader(self, number: int, **columns: str) -> None:
        """Add an active reader `reader{number}@reader.example`."""
        email = f"reader{number}@reader.example"
        words = {"state": State.ACTIVE, "sections": "", "language": "", "name": f"Reader {number}"} | columns
        now = self.clock.now()
        with self.database.writing() as session:
            subscriber = Subscriber(
                id=number,
                email=email,
                address=email,
                address_hash=self.tokens.address_hash(email),
                name=words["name"],
                language=words["language"],
                created_at=now,
            )
            session.add(subscriber)
            session.flush()
            session.add(
                Subscription(
                    id=number,
                    subscriber_id=number,
                    newsletter="evening",
                    state=words["state"],
                    sections=words["sections"],
                    created_at=now,
                    changed_at=now,
                )
            )

    def issue(self, letter: Letter | None = None, day: int = 10) -> int:
        """Add an issue under way that every active reader is owed."""
        now = self.clock.now()
        with self.database.writing() as session:
            issue = IssueRow(
                newsletter="evening",
                date=date(2026, 3, day),
                state=IssueState.SENDING,
                window_start=now - timedelta(days=1),
                window_end=now,
                send_at=now,
                created_at=now,
                locked_at=now,
            )
            session.add(issue)
            session.flush()
            row = LetterRow(
                issue_id=issue.id,
                variant="en:all",
                body=(letter or small_letter()).to_bytes(),
                greeting="Good evening, {name}.",
                greeting_nameless="Good evening.",
                frozen_at=now,
            )
            session.add(row)
            session.flush()
            row.enqueued = ledger.enqueue(session, row, readers("evening"), Lanes(now))
        self.issue_id = issue.id
        return self.issue_id

    def send(
        self, transport: Script | Transport, stop: Callable[[], bool] = lambda: False, **more: object
    ) -> SendReport:
        return send_issue(
            self.issue_id,
            settings=self.settings,
            database=self.database,
            tokens=self.tokens,
            clock=self.clock,
            chance=self.chance,
            transport=Queued(transport, 1000) if isinstance(transport, Script) else transport,
            stop=stop,
            **more,  # type: ignore[arg-type]
        )

    def claim(self, owner: str, limit: int = 50) -> tuple[int, ...]:
        policy = self.settings.delivery
        with self.database.writing() as session:
            claimed = ledger.claim(
                session,
                self.issue_id,
                owner,
                self.clock.now(),
                lease=policy.lease,
                limit=limit,
                in_doubt=policy.in_doubt,
            )
        return tuple(claim.subscription_id for claim in claimed.claims)

    def sweep(self) -> ledger.Swept:
        with self.database.writing() as session:
            return ledger.sweep(session, self.clock.now())

    def later(self, **length: float) -> None:
        self.clock.moment += timedelta(**length)

    def leave(self, number: int) -> None:
        with self.database.writing() as session:
            session.execute(update(Subscription).where(Subscription.id == number).values(state=State.UNSUBSCRIBED))

    def suppress(self, number: int) -> None:
        email = f"reader{number}@reader.example"
        with self.database.writing() as session:
            suppress(session, self.tokens, email, SuppressionReason.COMPLAINED, self.clock.now())

    def set_issue(self, **columns: object) -> None:
        with self.database.writing() as session:
            session.execute(update(IssueRow).where(IssueRow.id == self.issue_id).values(**columns))

    @property
    def row(self) -> IssueRow:
        with self.database.reading() as session:
            return session.get_one(IssueRow, self.issue_id)

    def books(self) -> dict[str, int]:
        """Return the states that have any deliveries, after checking that the books add up."""
        with self.database.reading() as session:
            balance = ledger.balance(session, self.issue_id)
            assert set(balance) == set(DeliveryState)
            assert sum(balance.values()) == ledger.enqueued(session, self.issue_id)
        return {str(state): count for state, count in balance.items() if count}

    def line(self, number: int) -> Line:
        with self.database.reading() as session:
            (line,) = ledger.deliveries_of(session, f"reader{number}@reader.example", self.issue_id)
        return line


@pytest.fixture
def house(any_database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    """Ten readers and an issue they are owed, in windows of four."""
    policy = DeliverySettings(in_doubt_bound=4, lease=timedelta(minutes=10), in_doubt=InDoubt.RESEND)
    house = House(replace(settings, delivery=policy), any_database, tokens, clock, chance)
    for number in range(1, 11):
        house.reader(number)
    house.issue()
    return house


def answering(verdict: Verdict, *numbers: int, status: str = "", reply: str = "words") -> Act:
    """Answer so for these readers."""

    def act(envelope: Envelope) -> Outcome | None:
        return Outcome(envelope.key, verdict, status, reply) if envelope.key in numbers else None

    return act


def raising(trouble: Exception, at: int) -> Act:
    """Raise it once, at this reader."""
    left = [trouble]

    def act(envelope: Envelope) -> Outcome | None:
        if envelope.key == at and left:
            raise left.pop()
        return None

    return act


DOWN = TransportDown("mail.example:25 can't be reached")
REFUSED = IssueRefused("550 5.7.26 neither SPF nor DKIM")
