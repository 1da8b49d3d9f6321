"""The brake: how fast mails leave that answer sign-ups, which anybody may ask for in anybody's name.

At most so many in a minute of the clock over all processes, in the order of their turns; at most so many to one
recipient domain in a while, unless everybody may have a mailbox there. What may not leave now waits.
Whoever operates the newsletter is told when mails wait for long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter.rendering.headers import domain_of
from newsletter.settings import SignupSettings
from subscribers.database import Database
from subscribers.limits import take, window_end
from subscribers.models import Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.tokens import Tokens
from subscribers.typos import is_well_known

BRAKED = (NoticeKind.CONFIRMATION, NoticeKind.ALREADY_SUBSCRIBED)
LONG = timedelta(minutes=1)  # from when on it is worth telling that mails wait
_MINUTE = timedelta(minutes=1)
_SLICES = 12  # of a minute, so that a mail whose turn it is leaves within five seconds
_log = structlog.get_logger("newsletter.delivery")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many answers to sign-ups wait for longer than a minute, and since when (aware UTC) the first of them."""

    number: int
    since: datetime | None

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Brake:
    """Asks leave for one mail at a time, in the transaction that claims it."""

    signup: SignupSettings
    tokens: Tokens

    def has_room(self, session: Session, now: datetime) -> bool:
        """Count one mail that leaves now, if it may: the minute's number is let out evenly, slice by slice."""
        number = self.signup.confirmations_per_minute
        if not number:
            return True
        passed = now.second * _SLICES // 60 + 1
        so_far = -(-number * passed // _SLICES)
        return take(session, self.tokens.limit_key("brake", ""), window_end(_MINUTE, now), so_far)

    def lets_to(self, session: Session, email: str, now: datetime) -> bool:
        """Count one mail to the address's domain, if it may leave now; else have all mails to the domain wait."""
        limit, domain = self.signup.per_domain, domain_of(email)
        if limit is None or is_well_known(domain) or domain in self.signup.shared_domains:
            return True
        ends_at = window_end(limit.per, now)
        if take(session, self.tokens.limit_key("domain", domain), ends_at, limit.number):
            return True
        _hold_back(session, email.rpartition("@")[2], now, ends_at)
        return False

    def tell(self, database: Database, now: datetime) -> None:
        """Log once a minute, over all processes, that mails wait, while they do."""
        with database.reading() as session:
            waits = waiting(session, now)
        if not waits:
            return
        with database.writing() as session:
            is_first = take(session, self.tokens.limit_key("brake told", ""), window_end(_MINUTE, now), 1)
        if is_first:
            number, since = self.signup.confirmations_per_minute, f"{waits.since:%Y-%m-%d %H:%M} UTC"
            _log.warning("confirmation mails wait", waiting=waits.number, since=since, per_minute=number)


def waiting(session: Session, now: datetime) -> Waiting:
    """Return which answers to sign-ups wait for long."""
    owed = Notice.state == NoticeState.OWED, Notice.kind.in_(BRAKED), Notice.created_at <= now - LONG
    number, since = session.execute(select(func.count(Notice.id), func.min(Notice.created_at)).where(*owed)).one()
    return Waiting(number, since)


def _hold_back(session: Session, domain: str, now: datetime, until: datetime) -> None:
    theirs = (
        select(Notice.id)
        .join(Subscription, Subscription.id == Notice.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Notice.state == NoticeState.OWED, Notice.kind.in_(BRAKED), Notice.due_at <= now)
        .where(Subscriber.email.endswith(f"@{domain}", autoescape=True))
        .with_for_update(of=Notice, skip_locked=True)  # another sender may hold one, and wait for the brake
    )
    held = update(Notice).where(Notice.id.in_(theirs)).values(due_at=until)
    session.execute(held.execution_options(synchronize_session=False))
