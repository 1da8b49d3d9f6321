"""Signing up by double opt-in: a form owes a mail, and only the link in that mail makes a subscription active.

    sign_up -> pending + event + owed Notice  |  the mail's link -> confirm -> active + event

Anybody can type anybody's address. So signing up changes nothing for a reader who is already subscribed, sends at
most so many mails a day to one address, and tells its caller nothing that a page could give away. A suppressed
address gets a confirmation when it bounced or was erased (confirming lifts that), and no mail at all when its
owner complained or an operator barred it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from subscribers.addresses import Address, normalise, plain_name
from subscribers.evidence import Evidence, append
from subscribers.inserting import insert_missing
from subscribers.locking import locked
from subscribers.models import (
    Frequency,
    Notice,
    NoticeKind,
    NoticeState,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    Suppression,
)
from subscribers.sections import join
from subscribers.states import Event, State, follow
from subscribers.suppression import MAY_COME_BACK, find
from subscribers.tokens import Tokens

__all__ = ["Evidence", "SignUp", "confirm", "sign_up", "together"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SignUp:
    """What the form said. `sections` empty means all; `time_zone` is an IANA name or empty."""

    email: str
    newsletter: str
    name: str = ""
    sections: tuple[str, ...] = ()
    language: str = ""
    time_zone: str = ""
    frequency: Frequency = Frequency.DAILY


def sign_up(
    session: Session, tokens: Tokens, request: SignUp, evidence: Evidence, now: datetime, *, mails_per_day: int
) -> Subscription:
    """Write the wish and owe the mail that answers it, in the caller's transaction. Raises InvalidAddress.

    The mail is a CONFIRMATION, or ALREADY_SUBSCRIBED for an active reader who is not suppressed. Several
    newsletters wished for at the same moment (`now`, aware UTC) share one mail: confirming one confirms all.
    """
    subscriber = reader_of(session, tokens, normalise(request.email), request, now)
    subscription = subscription_of(session, subscriber, request.newsletter)
    state = follow(State(subscription.state) if subscription else None, Event.SIGNED_UP)
    if subscription is None:
        subscription = Subscription(subscriber_id=subscriber.id, newsletter=request.newsletter, created_at=now)
        session.add(subscription)
    if state is State.PENDING:
        subscription.state, subscription.changed_at = state, now
        subscription.sections, subscription.frequency = join(request.sections), request.frequency
    session.flush()
    append(session, subscription, Event.SIGNED_UP, evidence, now, **_wish(request))
    _owe_mail(session, subscriber, subscription, now, mails_per_day)
    return subscription


def _wish(request: SignUp) -> dict[str, str]:
    """Return what was wished for, for the event; every issue goes without saying."""
    return {
        "sections": join(request.sections),
        "language": request.language,
        "time_zone": request.time_zone,
        "frequency": "" if request.frequency is Frequency.DAILY else request.frequency,
    }


def confirm(session: Session, subscription_id: int, evidence: Evidence, now: datetime) -> Subscription:
    """Make a subscription active, and those that were asked for in the same act. Again changes nothing.

    Lifts a suppression for bouncing or erasure that the sign-up came after. Raises LookupError when there is no
    such subscription, NoSuchTransition when its reader has left since.
    """
    asked = locked(session, subscription_id)
    follow(State(asked.state), Event.CONFIRMED)
    lifted = _lift_if_proven(session, asked)
    for subscription in (asked, *together(session, asked)):
        if subscription.state == State.PENDING or (lifted and subscription is asked):
            subscription.state, subscription.changed_at = follow(State(subscription.state), Event.CONFIRMED), now
            append(session, subscription, Event.CONFIRMED, evidence, now, suppression_lifted=lifted)
            _forget_owed(session, subscription)
    return asked


def together(session: Session, subscription: Subscription) -> list[Subscription]:
    """Return the reader's other pending subscriptions that were asked for in one act with this one."""
    mine, other, left = aliased(SubscriptionEvent), aliased(SubscriptionEvent), aliased(SubscriptionEvent)
    left_since = exists().where(
        left.subscription_id == Subscription.id, left.event == Event.UNSUBSCRIBED, left.id > other.id
    )
    same_act = (
        exists()
        .where(mine.subscription_id == subscription.id, mine.event == Event.SIGNED_UP)
        .where(other.subscription_id == Subscription.id, other.event == Event.SIGNED_UP, other.at == mine.at)
        .where(~left_since)
    )
    return list(
        session.scalars(
            select(Subscription)
            .where(Subscription.subscriber_id == subscription.subscriber_id, Subscription.id != subscription.id)
            .where(Subscription.state == State.PENDING, same_act)
            .order_by(Subscription.id)
        )
    )


def reader_of(session: Session, tokens: Tokens, address: Address, request: SignUp, now: datetime) -> Subscriber:
    """Return the locked row of an address, made where it is missing: the lock puts sign-ups in a line."""
    known = {"address": address.key, "address_hash": tokens.address_hash(address.key)}
    new = {"name": "", "language": "", "time_zone": "", "created_at": now}
    mine = select(Subscriber).where(Subscriber.address == address.key)
    subscriber = None
    while subscriber is None:  # again where its reader was forgotten, or moved, between the two statements
        session.execute(
            insert_missing(session, Subscriber, ["address"]).values(email=address.email, **known, **new)
        )
        locked = mine.with_for_update().execution_options(populate_existing=True)
        subscriber = session.scalars(locked).one_or_none()
    if not _has_active(session, subscriber):
        subscriber.name = plain_name(request.name) or subscriber.name
        subscriber.language = request.language or subscriber.language
        subscriber.time_zone = request.time_zone or subscriber.time_zone
    return subscriber


def _has_active(session: Session, subscriber: Subscriber) -> bool:
    active = select(Subscription.id).where(
        Subscription.subscriber_id == subscriber.id, Subscription.state == State.ACTIVE
    )
    return session.scalars(active.limit(1)).first() is not None


def subscription_of(session: Session, subscriber: Subscriber, newsletter: str) -> Subscription | None:
    wanted = Subscription.subscriber_id == subscriber.id, Subscription.newsletter == newsletter
    return session.scalars(
        select(Subscription).where(*wanted).execution_options(populate_existing=True)
    ).one_or_none()


def _owe_mail(
    session: Session, subscriber: Subscriber, subscription: Subscription, now: datetime, mails_per_day: int
) -> None:
    barred = find(session, subscriber.address_hash)
    if barred and barred.reason not in MAY_COME_BACK:
        return
    is_known = subscription.state == State.ACTIVE and barred is None
    kind = NoticeKind.ALREADY_SUBSCRIBED if is_known else NoticeKind.CONFIRMATION
    if _is_owed(session, subscriber, subscription, kind, now):
        return
    if (session.scalar(_mails_since(subscriber, now - _DAY)) or 0) < mails_per_day:
        session.add(
            Notice(subscription_id=subscription.id, kind=kind, state=NoticeState.OWED, created_at=now, due_at=now)
        )
        session.flush()


def _is_owed(
    session: Session, subscriber: Subscriber, subscription: Subscription, kind: NoticeKind, now: datetime
) -> bool:
    """Tell whether such a mail has yet to leave: for this subscription, or a confirmation made in this act."""
    shared = (Notice.created_at == now) if kind is NoticeKind.CONFIRMATION else (Notice.id < 0)
    waiting = (
        select(Notice.id)
        .join(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, Notice.kind == kind, Notice.state == NoticeState.OWED)
        .where((Notice.subscription_id == subscription.id) | shared)
    )
    return session.scalars(waiting.limit(1)).first() is not None


def _mails_since(subscriber: Subscriber, since: datetime) -> Select[int]:
    return (
        select(func.count(Notice.id))
        .join(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, Notice.created_at > since)
    )


def _lift_if_proven(session: Session, subscription: Subscription) -> str:
    """Lift what may be lifted when the reader signed up after it was imposed; return its reason, or nothing."""
    barred = find(session, subscription.subscriber.address_hash)
    if barred is None or barred.reason not in MAY_COME_BACK:
        return ""
    came_back = select(SubscriptionEvent.id).where(
        SubscriptionEvent.subscription_id == subscription.id,
        SubscriptionEvent.event == Event.SIGNED_UP,
        SubscriptionEvent.at >= barred.at,
    )
    if session.scalars(came_back.limit(1)).first() is None:
        return ""
    session.execute(delete(Suppression).where(Suppression.id == barred.id))
    return barred.reason


def _forget_owed(session: Session, subscription: Subscription) -> None:
    """Take back a confirmation that has not left: the reader has just confirmed by an earlier one."""
    mine = Notice.subscription_id == subscription.id
    session.execute(
        delete(Notice).where(mine, Notice.kind == NoticeKind.CONFIRMATION, Notice.state == NoticeState.OWED)
    )
