"""Signing up by double opt-in: a form owes a mail, and only the link in that mail makes a subscription active.

    sign_up -> pending + event + owed Notice  |  the mail's link -> confirm -> active + event

Anybody can type anybody's address. So signing up changes nothing for a reader who is already subscribed, sends at
most so many mails a day to one address, and tells its caller nothing that a page could give away. A suppressed
address gets a confirmation when it bounced or was erased (confirming lifts that), and no mail at all when its
owner complained or an operator barred it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from subscribers.addresses import normalise
from subscribers.answering import owe_answer
from subscribers.entering import SignUp, reader_of, wished_subscription
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import (
    Frequency,
    Notice,
    NoticeKind,
    NoticeState,
    Subscription,
    SubscriptionEvent,
    Suppression,
)
from subscribers.sections import join
from subscribers.states import Event, State, follow
from subscribers.suppression import MAY_COME_BACK, find
from subscribers.tokens import Tokens

__all__ = ["Evidence", "SignUp", "confirm", "sign_up", "together"]


def sign_up(
    session: Session,
    tokens: Tokens,
    request: SignUp,
    evidence: Evidence,
    now: datetime,
    *,
    mails_per_day: int,
    origin: str = "",
) -> Subscription:
    """Write the wish and owe the mail that answers it, in the caller's transaction. Raises InvalidAddress.

    The mail is a CONFIRMATION, or ALREADY_SUBSCRIBED for an active reader who is not suppressed. Several
    newsletters wished for at the same moment (`now`, aware UTC) share one mail: confirming one confirms all.
    `origin` is a keyed hash of where the wish came from; mails of different origins take turns.

    The same statements are executed for every address, so that the time they take tells nobody what is known.
    """
    subscriber = reader_of(session, tokens, normalise(request.email), request, now)
    subscription = wished_subscription(session, subscriber, request, now)
    append(session, subscription, Event.SIGNED_UP, evidence, now, **_wish(request))
    owe_answer(session, subscriber, subscription, now, mails_per_day=mails_per_day, origin=origin)
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
