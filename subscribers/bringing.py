"""One reader whose consent was given elsewhere, at the fair or in the shop: active at once, without a mail.

The rules are those of an import: it makes new readers and touches nobody else. Who left, who is suppressed and who
has yet to confirm stays as they are: only the reader can change that.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from subscribers.addresses import normalise
from subscribers.entering import SignUp, reader_of, subscription_of
from subscribers.evidence import Evidence, append
from subscribers.models import Subscription
from subscribers.sections import join
from subscribers.states import Event, NoSuchTransition, State, follow
from subscribers.suppression import find
from subscribers.tokens import Tokens


class NotBrought(Exception):
    """The reader can't be added like this; the text says why."""


def bring(session: Session, tokens: Tokens, request: SignUp, evidence: Evidence, now: datetime) -> Subscription:
    """Make an address a reader, in the caller's transaction. One who is a reader already stays as they are.

    The evidence's consent text says how and to what consent was given. Raises InvalidAddress, NotBrought.
    """
    subscriber = reader_of(session, tokens, normalise(request.email), request, now)
    if find(session, subscriber.address_hash) is not None:
        raise NotBrought("The address is suppressed, so it can't be added.")
    subscription = subscription_of(session, subscriber, request.newsletter)
    before = State(subscription.state) if subscription else None
    try:
        after = follow(before, Event.IMPORTED)
    except NoSuchTransition:
        raise NotBrought(f"The subscription is {before}; only the reader can change that.") from None
    if subscription is not None and after is before:
        return subscription
    if subscription is None:
        subscription = Subscription(subscriber_id=subscriber.id, newsletter=request.newsletter, created_at=now)
        session.add(subscription)
    subscription.state, subscription.changed_at = after, now
    subscription.sections, subscription.frequency = join(request.sections), request.frequency
    session.flush()
    append(session, subscription, Event.IMPORTED, evidence, now)
    return subscription
