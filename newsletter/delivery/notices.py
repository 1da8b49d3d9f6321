"""Sends the mails that the register owes: confirmations, links that were asked for, changes of address.

One at a time, each claimed before it is sent, so that a crash leaves at most one in doubt. That one is not sent
again by itself: a reader who misses it asks once more. Answers to sign-ups leave as the brake lets them, behind
whatever else is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery import retry
from newsletter.delivery.brake import BRAKED, Brake
from newsletter.delivery.sending.readers import wire_address
from newsletter.domain.delivery import (
    Batch,
    Envelope,
    IssueRefused,
    Outcome,
    Transport,
    TransportDown,
    Verdict,
    deliver,
)
from newsletter.rendering.headers import domain_of
from newsletter.rendering.notice import notice_letter
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings
from subscribers.database import Database
from subscribers.models import Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.states import State
from subscribers.suppression import barred_from_notices, vetoed
from subscribers.tokens import Purpose, Tokens

GIVE_UP_AFTER = timedelta(hours=24)

_NOT_AN_ISSUE = 1 << 63  # added to a notice's number, so that its Message-ID is never that of an issue's letter
_log = structlog.get_logger("newsletter.delivery")


@dataclass(frozen=True, slots=True)
class _Owed:
    """One notice that is ours to send. `attempt` fences what is settled: a later claim has a higher one."""

    id: int
    attempt: int
    kind: str
    created_at: datetime
    newsletter: str
    subscription_id: int
    email: str
    name: str
    language: str
    change_id: int | None


def send_notices(
    *,
    settings: Settings,
    database: Database,
    tokens: Tokens,
    templates: Templates,
    clock: Clock,
    transport: Transport,
    stop: Callable[[], bool],
) -> int:
    """Send the notices that are due; return how many were accepted.

    When the line is down, or the mail server refuses us, the rest stays owed and the log says why.
    """
    desk = _NoticeDesk(settings, database, tokens, templates, clock, transport)
    accepted = 0
    while not stop() and (owed := desk.claim()):
        try:
            accepted += desk.send(owed)
        except (TransportDown, IssueRefused) as trouble:
            _log.warning("notices were not sent", reason=str(trouble))
            break
    desk.brake.tell(database, clock.now())
    return accepted


@dataclass(frozen=True, slots=True)
class _NoticeDesk:
    settings: Settings
    database: Database
    tokens: Tokens
    templates: Templates
    clock: Clock
    transport: Transport

    @property
    def brake(self) -> Brake:
        """What answers to sign-ups have to ask before they leave."""
        return Brake(self.settings.signup, self.tokens)

    def claim(self) -> _Owed | None:
        """Return the next notice that is due, claimed and committed; forget those that are pointless by now."""
        now = self.clock.now()
        with self.database.writing() as session:
            _doubt_lapsed(session, now)
            _forget_pointless(session, now, self.settings.signup.confirm_within)
            due = self._next(session, now)
            if due is None:
                return None
            notice, subscription, subscriber = due
            notice.state, notice.attempts = NoticeState.CLAIMED, notice.attempts + 1
            notice.lease_until = now + self.settings.delivery.lease
            return _Owed(
                id=notice.id,
                attempt=notice.attempts,
                kind=notice.kind,
                created_at=notice.created_at,
                newsletter=subscription.newsletter,
                subscription_id=subscription.id,
                email=notice.email or subscriber.email,
                name=subscriber.name,
                language=subscriber.language,
                change_id=notice.change_id,
            )

    def _next(self, session: Session, now: datetime) -> Row[Notice, Subscription, Subscriber] | None:
        """Return what may leave now. Answers to sign-ups come last, as far as the brake lets them."""
        due = _due(now, [each.slug for each in self.settings.newsletters])
        others = session.execute(due.where(Notice.kind.not_in(BRAKED))).first()
        return others or self._answer(session, due.where(Notice.kind.in_(BRAKED)), now)

    def _answer(
        self, session: Session, answers: Select[Notice, Subscription, Subscriber], now: datetime
    ) -> Row[Notice, Subscription, Subscriber] | None:
        found = session.execute(answers).first()
        if found is None or not self.brake.has_room(session, now):
            return None
        while found is not None and not self.brake.lets_to(session, found.Subscriber.email, now):
            found = session.execute(answers).first()
        return found

    def send(self, owed: _Owed) -> bool:
        """Send one notice and settle it; tell whether it was accepted. Raises TransportDown, IssueRefused."""
        outcome: Outcome | None = None
        try:
            batch = self._batch(owed)
        except Exception:
            self._settle(owed, None)
            raise
        try:
            for outcome in deliver(self.transport, batch):  # noqa: B007 - a batch of one has one outcome
                pass
        except (TransportDown, IssueRefused):
            self._settle(owed, outcome)
            raise
        self._settle(owed, outcome)
        return outcome is not None and outcome.verdict is Verdict.ACCEPTED

    def _batch(self, owed: _Owed) -> Batch:
        newsletter = self.settings.newsletter(owed.newsletter)
        letter = notice_letter(
            owed.kind,
            newsletter,
            self.settings.site,
            self.templates,
            key=f"notice/{owed.id}",
            date=owed.created_at,
            language=owed.language,
        )
        sender = wire_address(newsletter.from_address)
        envelope = Envelope(owed.id, sender, wire_address(owed.email), self._values(owed, newsletter))
        return Batch(letter, (envelope,))

    def _values(self, owed: _Owed, newsletter: NewsletterSettings) -> dict[str, str]:
        message_id = self.tokens.message_id(_NOT_AN_ISSUE | owed.id, owed.subscription_id)
        phrases = load_phrases(self.templates, owed.language or newsletter.language)
        return {
            "to_name": owed.name,
            "to_address": wire_address(owed.email),
            "message_id": f"{message_id}@{domain_of(newsletter.from_address)}",
            "greeting": phrases.greet(owed.name),
            "confirm_token": self.tokens.sign(Purpose.CONFIRM, owed.subscription_id, owed.created_at),
            "preferences_token": self.tokens.sign(Purpose.PREFERENCES, owed.subscription_id, owed.created_at),
            "address_token": self.tokens.sign(Purpose.ADDRESS, owed.change_id or 0, owed.created_at),
            "object_token": self.tokens.sign(Purpose.OBJECT, owed.change_id or 0, owed.created_at),
        }

    def _settle(self, owed: _Owed, outcome: Outcome | None) -> None:
        """Write what came of it; without an outcome it is owed again, a little later."""
        now = self.clock.now()
        values = _after(owed, outcome, now)
        ours = Notice.id == owed.id, Notice.state == NoticeState.CLAIMED, Notice.attempts == owed.attempt
        with self.database.writing() as session:
            session.execute(update(Notice).where(*ours).values(lease_until=None, **values))


def _after(owed: _Owed, outcome: Outcome | None, now: datetime) -> dict[str, object]:
    if outcome is None:
        return {"state": NoticeState.OWED, "due_at": now + retry.FIRST_LINE_DELAY}
    next_try = now + retry.delay(owed.attempt, jitter=1)
    reply: dict[str, object] = {"reply": outcome.reply}
    if outcome.verdict is not Verdict.DEFERRED:
        return reply | {"state": NoticeState(outcome.verdict)}
    if next_try > owed.created_at + GIVE_UP_AFTER:
        return reply | {"state": NoticeState.REJECTED}
    return reply | {"state": NoticeState.OWED, "due_at": next_try}


def _due(now: datetime, newsletters: list[str]) -> Select[Notice, Subscription, Subscriber]:
    """Those of readers whose rows are still there, and of newsletters that are still configured."""
    return (
        select(Notice, Subscription, Subscriber)
        .join(Subscription, Subscription.id == Notice.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Notice.state == NoticeState.OWED, Notice.due_at <= now, Subscription.newsletter.in_(newsletters))
        .order_by(func.coalesce(Notice.turn_at, Notice.due_at), Notice.id)
        .limit(1)
        .with_for_update(of=Notice, skip_locked=True)
    )


def _doubt_lapsed(session: Session, now: datetime) -> None:
    lapsed = Notice.state == NoticeState.CLAIMED, Notice.lease_until < now
    session.execute(update(Notice).where(*lapsed).values(state=NoticeState.IN_DOUBT, lease_until=None))


def _forget_pointless(session: Session, now: datetime, confirm_within: timedelta) -> None:
    """Delete what is owed to nobody's use: its reader left, confirmed by an earlier mail, or may not be mailed.

    Or it is a confirmation that had to wait for so long that its link would not work any more.

    An active reader who is suppressed confirms once more, and that lifts it; so that confirmation is kept.
    """
    left = and_(Subscription.state == State.UNSUBSCRIBED, Notice.kind != NoticeKind.ADDRESS_CHANGED)
    confirmed = and_(Notice.kind == NoticeKind.CONFIRMATION, Subscription.state == State.ACTIVE, ~vetoed())
    expired = and_(Notice.kind == NoticeKind.CONFIRMATION, Notice.created_at < now - confirm_within)
    pointless = (
        select(Notice.id)
        .join(Subscription, Subscription.id == Notice.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Notice.state == NoticeState.OWED, Notice.due_at <= now)
        .where(or_(left, barred_from_notices(), confirmed, expired))
    )
    session.execute(delete(Notice).where(Notice.id.in_(pointless)).execution_options(synchronize_session=False))
