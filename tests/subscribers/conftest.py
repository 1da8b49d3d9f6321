"""A register to work on: one place that signs up, confirms and leaves, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.clock import SetClock
from subscribers import moving
from subscribers.barring import lift
from subscribers.bouncing import Bounce, bounced
from subscribers.complaining import complained
from subscribers.database import Base, Database
from subscribers.erasing import erase
from subscribers.importing import Import, ImportReport, Rules, foresee, read, take
from subscribers.leaving import take_back, unsubscribe
from subscribers.models import Notice, Subscriber, Subscription, SubscriptionEvent, SuppressionReason
from subscribers.preferences import Wish, choose, pause
from subscribers.signup import Evidence, SignUp, confirm, sign_up
from subscribers.states import State
from subscribers.suppression import suppress
from subscribers.tokens import Tokens

CONSENT = "Send me the evening mail."
FORM = Evidence(
    "form", "https://ledger.example/tide-gauge", "", "192.0.2.7", "Send me the evening mail.", "2026-01"
)
LINK = Evidence("link", network_address="192.0.2.7")


@dataclass
class Register:
    """The register's doors with their usual arguments."""

    database: Database
    tokens: Tokens
    clock: SetClock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def sign_up(
        self, email: str = "ada@reader.example", newsletter: str = "evening", mails_per_day: int = 3, **more: Any
    ) -> int:
        request = SignUp(email, newsletter, **more)
        with self.database.writing() as session:
            return sign_up(session, self.tokens, request, FORM, self.now, mails_per_day=mails_per_day).id

    def confirm(self, subscription: int) -> str:
        with self.database.writing() as session:
            return confirm(session, subscription, LINK, self.now).state

    def leave(self, subscription: int, reason: str = "") -> str:
        with self.database.writing() as session:
            return unsubscribe(session, subscription, LINK, self.now, reason=reason).state

    def choose(self, subscription: int, sections: Iterable[str] = (), name: str = "", language: str = "") -> str:
        wish = Wish(frozenset(sections), name=name, language=language)
        with self.database.writing() as session:
            return choose(session, subscription, wish, LINK, self.now).state

    def pause(self, subscription: int, until: datetime | None) -> None:
        with self.database.writing() as session:
            pause(session, subscription, until, LINK, self.now)

    def take_back(self, subscription: int) -> str:
        with self.database.writing() as session:
            return take_back(session, subscription, LINK, self.now, within=timedelta(days=1)).state

    def bounce(self, subscription: int) -> None:
        with self.database.writing() as session:
            email = session.get_one(Subscription, subscription).subscriber.email
            bounced(session, [Bounce(subscription, email, "5.1.1", "no such user")], self.now)

    def complain(self, subscription: int) -> None:
        with self.database.writing() as session:
            complained(session, self.tokens, subscription, LINK, self.now)

    def erase(self, subscription: int) -> tuple[int, ...]:
        with self.database.writing() as session:
            return erase(session, self.tokens, subscription, LINK, self.now)

    def move(self, subscription: int, email: str, mails_per_day: int = 9) -> int:
        """Ask for a change of address; return its number, 0 where no mail may be sent."""
        with self.database.writing() as session:
            change = moving.ask(session, self.tokens, subscription, email, self.now, mails_per_day=mails_per_day)
            return change.id if change else 0

    def moved(self, change: int) -> None:
        with self.database.writing() as session:
            moving.confirm(session, self.tokens, change, LINK, self.now)

    def move_back(self, change: int) -> None:
        with self.database.writing() as session:
            moving.take_back(session, self.tokens, change, LINK, self.now)

    def email(self, subscription: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Subscription, subscription).subscriber.email

    def got_by(self, email: str) -> dict[str, int]:
        """Return the numbers of what an address gets, by newsletter."""
        wanted = select(Subscription.newsletter, Subscription.id).join(Subscriber)
        active = wanted.where(Subscriber.email == email, Subscription.state == State.ACTIVE)
        with self.database.reading() as session:
            return {paper: number for paper, number in session.execute(active)}  # noqa: C416 - rows are no pairs to mypy

    def bring_in(
        self, *lines: str | Iterable[str], newsletter: str = "evening", dry: bool = False, **more: Any
    ) -> ImportReport:
        evidence = Evidence("import", actor="cli", consent_text="agreed on paper", consent_version="fair-2025")
        text = chain.from_iterable([f"{line.rstrip()}\n"] if isinstance(line, str) else line for line in lines)
        table = read(text, more.pop("chosen", None), more.get("file_name", ""))
        told = {name: more.pop(name) for name in ("file_name", "refused", "progress", "batch") if name in more}
        wanted = Import(table, Rules(newsletter, **more), evidence, self.clock.now, **told)
        return (foresee if dry else take)(self.database, self.tokens, wanted)

    def suppress(self, email: str, reason: SuppressionReason = SuppressionReason.BOUNCED) -> None:
        with self.database.writing() as session:
            suppress(session, self.tokens, email, reason, self.now)

    def lift(self, email: str) -> bool:
        with self.database.writing() as session:
            return lift(session, self.tokens, email, Evidence("desk", actor="an editor"), self.now)

    def subscriber(self, email: str = "ada@reader.example") -> Subscriber:
        with self.database.reading() as session:
            return session.scalars(select(Subscriber).where(Subscriber.address == email)).one()

    def subscription(self, subscription: int) -> Subscription:
        with self.database.reading() as session:
            return session.get_one(Subscription, subscription)

    def state(self, subscription: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Subscription, subscription).state

    def frequency(self, subscription: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Subscription, subscription).frequency

    def sections(self, subscription: int) -> str:
        with self.database.reading() as session:
            return session.get_one(Subscription, subscription).sections

    def events(self, subscription: int) -> list[SubscriptionEvent]:
        mine = SubscriptionEvent.subscription_id == subscription
        with self.database.reading() as session:
            return list(session.scalars(select(SubscriptionEvent).where(mine).order_by(SubscriptionEvent.id)))

    def happened(self, subscription: int) -> list[str]:
        return [event.event for event in self.events(subscription)]

    def notices(self) -> list[tuple[int, str]]:
        with self.database.reading() as session:
            found = session.execute(select(Notice.subscription_id, Notice.kind).order_by(Notice.id))
            return [(subscription, kind) for subscription, kind in found]

    def send_notices(self) -> None:
        with self.database.writing() as session:
            for notice in session.scalars(select(Notice)):
                notice.state = "accepted"

    def size(self, table: type[Base]) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def register(database: Database, tokens: Tokens, clock: SetClock) -> Register:
    return Register(database, tokens, clock)


@pytest.fixture
def any_register(any_database: Database, tokens: Tokens, clock: SetClock) -> Register:
    """The test runs twice: on SQLite, and on PostgreSQL."""
    return Register(any_database, tokens, clock)
