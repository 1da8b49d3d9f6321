"""Finding readers: by any part of an address or a name, and by what became of their subscriptions.

A page of readers comes after the last one of the page before, so that the hundredth page takes no longer than the
first. A part of an address is looked for in the index of addresses, which is read from its beginning where nobody
matches: some tenths of a second for a million readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, text
from sqlalchemy.orm import Session, selectinload

from subscribers.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from subscribers.states import Event, State

BARRED = "barred"
_BEGINNINGS = (Event.SIGNED_UP, Event.IMPORTED)


@dataclass(frozen=True, slots=True)
class Found:
    """A reader, and where each subscription stands: newsletter and state."""

    id: int
    email: str
    name: str
    subscriptions: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Search:
    """What readers are looked for by; what is empty matters not. All of it must be true of one subscription.

    `typed` is part of an address or a name, or a domain after an `@`. `standing` is a state, or BARRED. Who chose
    no sections gets each `section`. `source` is the way by which the subscription began (`form`, `import`, `api`,
    …), `page` a part of the form's address, `import_id` the import that brought it.
    """

    typed: str = ""
    newsletter: str = ""
    standing: str = ""
    section: str = ""
    source: str = ""
    page: str = ""
    import_id: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nobody in particular."""
        return self == Search()

    def of_subscriptions(self) -> list[ColumnElement[bool]]:
        """Return what must be true of a `Subscription`."""
        return [
            *([Subscription.newsletter == self.newsletter] if self.newsletter else ()),
            *([Subscription.state == self.standing] if self.standing not in {"", BARRED} else ()),
            *([_gets(self.section)] if self.section else ()),
            *([_began(SubscriptionEvent.source == self.source)] if self.source else ()),
            *([_began(SubscriptionEvent.source_page.contains(self.page, autoescape=True))] if self.page else ()),
            *([Subscription.id.in_(_brought(self.import_id))] if self.import_id else ()),
        ]

    def of_readers(self) -> list[ColumnElement[bool]]:
        """Return what must be true of a `Subscriber`, but for the address and the name."""
        barred = Subscriber.address_hash.in_(select(Suppression.address_hash))
        return [Subscriber.erased_at.is_(None), *([barred] if self.standing == BARRED else ())]


def find_readers(session: Session, search: Search, *, after: int = 0, limit: int = 25) -> list[Found]:
    """Return at most `limit` readers after the one of that number: by address where something was typed.

    Else the latest come first. Who was erased is not found.
    """
    if search.typed:
        pages = [_by_address(session, search, way, after, limit) for way in _ways(search.typed)]
        first = sorted({address for page in pages for address in page})[:limit]
        wanted = select(Subscriber).where(Subscriber.address.in_(first)).order_by(Subscriber.address)
    else:
        before = Subscriber.id < after if after else literal(value=True)
        wanted = select(Subscriber).where(before, *_conditions(search)).order_by(Subscriber.id.desc()).limit(limit)
    return [_found(reader) for reader in session.scalars(wanted.options(selectinload(Subscriber.subscriptions)))]


def _by_address(
    session: Session, search: Search, way: ColumnElement[bool], after: int, limit: int
) -> Sequence[str]:
    wanted = select(Subscriber.address).where(way, *_conditions(search))
    if after:
        last = select(Subscriber.address).where(Subscriber.id == after).scalar_subquery()
        wanted = wanted.where(Subscriber.address > last)
    return session.scalars(wanted.order_by(Subscriber.address).limit(limit)).all()


def is_meant(typed: str) -> ColumnElement[bool]:
    """Return the condition that what was typed is part of a `Subscriber`'s address or name."""
    return or_(*_ways(typed))


def _ways(typed: str) -> list[ColumnElement[bool]]:
    part = typed.strip().lower()
    if part.startswith("@"):
        return [Subscriber.address.endswith(part, autoescape=True)]
    spellings = {typed.strip(), part, part.upper(), part.capitalize(), part.title()}
    named = or_(*(Subscriber.name.contains(spelling, autoescape=True) for spelling in sorted(spellings)))
    return [Subscriber.address.contains(part, autoescape=True), and_(text(Subscriber.HAS_NAME), named)]


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    theirs = search.of_subscriptions()
    if not theirs:
        return search.of_readers()
    return [*search.of_readers(), _has_one(search, theirs)]


def _has_one(search: Search, theirs: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return that a reader has such a subscription: asked of each, or, where few have one, looked up at once."""
    if search.import_id or search.standing in {State.PENDING, State.UNSUBSCRIBED, State.REMOVED}:
        return Subscriber.id.in_(select(Subscription.subscriber_id).where(*theirs))
    return exists().where(Subscription.subscriber_id == Subscriber.id, *theirs).correlate(Subscriber)


def _gets(section: str) -> ColumnElement[bool]:
    listed = literal(",").concat(Subscription.sections).concat(",")
    return or_(Subscription.sections == "", listed.contains(f",{section},", autoescape=True))


def _began(how: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = SubscriptionEvent.subscription_id == Subscription.id
    return exists().where(mine, SubscriptionEvent.event.in_(_BEGINNINGS), how).correlate(Subscription)


def _brought(import_id: int) -> Select[int]:
    event = SubscriptionEvent
    return select(event.subscription_id).where(event.import_id == import_id, event.event == Event.IMPORTED)


def _found(reader: Subscriber) -> Found:
    subscriptions = sorted((each.newsletter, each.state) for each in reader.subscriptions)
    return Found(reader.id, reader.email, reader.name, subscriptions)
