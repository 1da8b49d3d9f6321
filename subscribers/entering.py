"""Entering a wish in the register: a reader's row and a subscription's, each by one upsert.

What is known already is written again as it was. So a new address and a known one take the same statements, and
whoever signs up cannot tell by the time which it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, literal_column, or_, select
from sqlalchemy.orm import Session

from subscribers.addresses import Address, plain_name
from subscribers.inserting import insert
from subscribers.models import Frequency, Subscriber, Subscription
from subscribers.sections import join
from subscribers.states import Event, State, follow
from subscribers.tokens import Tokens

_WAITS = [state for state in State if follow(state, Event.SIGNED_UP) is State.PENDING]


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


def reader_of(session: Session, tokens: Tokens, address: Address, request: SignUp, now: datetime) -> Subscriber:
    """Return the locked row of an address, made where it is missing: the lock puts sign-ups in a line.

    Name, language and time zone are taken from who is no active reader: anybody may type somebody else's address.
    """
    told = {"name": plain_name(request.name), "language": request.language, "time_zone": request.time_zone}
    known = {"email": address.email, "address": address.key, "address_hash": tokens.address_hash(address.key)}
    entered = insert(session, Subscriber).values(created_at=now, **known, **told)
    # Within ON CONFLICT the table's own name is the row that is there.
    is_reader = exists().where(
        Subscription.subscriber_id == literal_column("subscribers.id"), Subscription.state == State.ACTIVE
    )
    kept = {
        name: case(
            (or_(is_reader, entered.excluded[name] == ""), getattr(Subscriber, name)), else_=entered.excluded[name]
        )
        for name in told
    }
    session.execute(entered.on_conflict_do_update(index_elements=["address"], set_=kept))
    mine = select(Subscriber).where(Subscriber.address == address.key)
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def wished_subscription(session: Session, subscriber: Subscriber, request: SignUp, now: datetime) -> Subscription:
    """Return the subscription wished for: pending, or active still, with choices of its own."""
    wished = {
        "state": follow(None, Event.SIGNED_UP),
        "changed_at": now,
        "sections": join(request.sections),
        "frequency": request.frequency,
    }
    entered = insert(session, Subscription).values(
        subscriber_id=subscriber.id, newsletter=request.newsletter, created_at=now, **wished
    )
    waits = Subscription.state.in_(_WAITS)
    kept = {name: case((waits, entered.excluded[name]), else_=getattr(Subscription, name)) for name in wished}
    session.execute(entered.on_conflict_do_update(index_elements=["subscriber_id", "newsletter"], set_=kept))
    found = subscription_of(session, subscriber, request.newsletter)
    assert found is not None  # noqa: S101 - it was written by the statement before, and its reader's row is locked
    return found


def subscription_of(session: Session, subscriber: Subscriber, newsletter: str) -> Subscription | None:
    """Return the reader's subscription to a newsletter as it is now."""
    wanted = Subscription.subscriber_id == subscriber.id, Subscription.newsletter == newsletter
    return session.scalars(
        select(Subscription).where(*wanted).execution_options(populate_existing=True)
    ).one_or_none()
