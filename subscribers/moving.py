"""A change of address: asked for by the old one, done once the new one confirms it, taken back by the old one.

    ask -> mail to the new address -> confirm -> mail to the old address -> take_back

Nothing that a page could give away says whether the new address is a reader already. Where it is, its row takes
over what the old one got: see `carrying`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscribers.addresses import Address, normalise
from subscribers.carrying import carry, carry_back
from subscribers.database import Database
from subscribers.evidence import Evidence, append
from subscribers.locking import locked
from subscribers.models import AddressChange, Notice, NoticeKind, NoticeState, Subscriber, Subscription
from subscribers.states import Event, State, follow
from subscribers.suppression import MAY_COME_BACK, find
from subscribers.tokens import Tokens

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class AddressBarred(Exception):
    """The new address must not be written to."""


def ask(
    session: Session, tokens: Tokens, subscription_id: int, email: str, now: datetime, *, mails_per_day: int
) -> AddressChange | None:
    """Owe the new address a mail that asks it; None where that may not be sent, or where it is the old one.

    Where such a mail has yet to leave it is that one. As in signing up, an address that bounced or was erased may
    be asked, and no other that is suppressed; a reader may ask for `mails_per_day`, and an address gets no more.
    Raises InvalidAddress, LookupError, NoSuchTransition for who has left.
    """
    new = normalise(email)
    subscription = locked(session, subscription_id)
    follow(State(subscription.state), Event.PREFERENCES_CHANGED)
    reader = subscription.subscriber
    if new.key == reader.address or _is_barred_for_ever(session, tokens.address_hash(new.key)):
        return None
    if waiting := session.scalars(_waiting(reader, new)).first():
        return waiting
    if _mails(session, reader, new, now) >= mails_per_day:
        return None
    change = AddressChange(subscriber_id=reader.id, email=new.email, asked_at=now)
    session.add(change)
    session.flush()
    session.add(_notice(subscription, NoticeKind.ADDRESS_CHANGE, new.email, change, now))
    session.flush()
    return change


def confirm(session: Session, tokens: Tokens, change_id: int, evidence: Evidence, now: datetime) -> AddressChange:
    """Write to the new address from now on, and tell the old one. Again changes nothing.

    Lifts a suppression for bouncing or erasure that is older than the wish. Raises LookupError where the change
    was taken back, by a later one too, or its reader is gone; AddressBarred.
    """
    change, reader = _locked(session, change_id)
    if is_void(session, change):
        raise LookupError("the change of address was taken back, or a later one took its place")
    if change.done_at is not None:
        return change
    new = normalise(change.email)
    _lift_if_older(session, tokens, new, change)
    change.former_email, change.former_address, change.done_at = reader.email, reader.address, now
    _Act(session, tokens, evidence, now).write_to(reader, new)
    told = min(reader.subscriptions, key=lambda each: (each.state != State.ACTIVE, each.id))
    session.add(_notice(told, NoticeKind.ADDRESS_CHANGED, change.former_email, change, now))
    session.flush()
    return change


def take_back(
    session: Session, tokens: Tokens, change_id: int, evidence: Evidence, now: datetime
) -> AddressChange:
    """Write to the former address again, wherever the reader is written to by now. Again changes nothing.

    What was asked for meanwhile is void. Raises LookupError where no such change was made, or its reader is gone.
    """
    change, reader = _locked(session, change_id)
    if change.done_at is None:
        raise LookupError(f"the change of address {change_id} was never made")
    if change.taken_back_at is not None:
        return change
    change.taken_back_at = now
    if reader.address == change.former_address:
        carry_back(session, reader, change.done_at, evidence, now)
    else:
        former = Address(change.former_email, change.former_address)
        _Act(session, tokens, evidence, now).write_to(reader, former)
    session.flush()
    return change


def is_void(session: Session, change: AddressChange) -> bool:
    """Tell whether a change was taken back, or a later one of the reader's counts instead."""
    if change.taken_back_at is not None:
        return True
    theirs = select(AddressChange.id).where(AddressChange.subscriber_id == change.subscriber_id)
    is_later = AddressChange.id > change.id
    if change.done_at is None:
        counts = or_(is_later, AddressChange.taken_back_at >= change.asked_at)
    else:
        counts = and_(is_later, AddressChange.done_at.is_not(None))
    return session.scalars(theirs.where(counts).limit(1)).first() is not None


def has_moved_since(session: Session, subscriber_id: int, moment: datetime) -> bool:
    """Tell whether the reader's address was changed after a moment that is known to the second (aware UTC)."""
    later = moment + _SECOND
    changed = or_(AddressChange.done_at >= later, AddressChange.taken_back_at >= later)
    mine = select(AddressChange.id).where(AddressChange.subscriber_id == subscriber_id, changed)
    return session.scalars(mine.limit(1)).first() is not None


def forget_unconfirmed(database: Database, before: datetime) -> int:
    """Drop the wishes from before a moment (aware UTC) that no new address has confirmed; return how many.

    They may name somebody who never had to do with us.
    """
    old = select(AddressChange.id).where(AddressChange.done_at.is_(None), AddressChange.asked_at < before)
    with database.writing() as session:
        ids = session.scalars(old).all()
        session.execute(delete(Notice).where(Notice.change_id.in_(ids)))
        session.execute(delete(AddressChange).where(AddressChange.id.in_(ids), AddressChange.done_at.is_(None)))
    return len(ids)


def _locked(session: Session, change_id: int) -> tuple[AddressChange, Subscriber]:
    """Return the change as it is now and its reader, the reader's row and that of the address locked, in order."""
    wanted = select(AddressChange).where(AddressChange.id == change_id)
    change = session.scalars(wanted).one_or_none()
    if change is None:
        raise LookupError(f"there is no change of address {change_id}")
    rows = select(Subscriber).where(or_(Subscriber.id == change.subscriber_id, Subscriber.address == _key(change)))
    fresh = rows.order_by(Subscriber.id).with_for_update().execution_options(populate_existing=True)
    number = change.subscriber_id
    reader = next(each for each in session.scalars(fresh) if each.id == number)
    change = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if change is None:
        raise LookupError(f"the change of address {change_id} is gone")
    return change, reader


def _key(change: AddressChange) -> str:
    """Return where the change leads, if it is not made yet, or would lead back."""
    return normalise(change.email).key if change.done_at is None else change.former_address


@dataclass(frozen=True, slots=True)
class _Act:
    """Somebody's pressing of a link."""

    session: Session
    tokens: Tokens
    evidence: Evidence
    now: datetime

    def write_to(self, reader: Subscriber, new: Address) -> None:
        """Give the reader's row the address; another row that has it takes over what the reader gets."""
        other = self.session.scalars(_of(new)).first() or self._change(reader, new)
        if other is not None:
            carry(self.session, reader, other, self.evidence, self.now)

    def _change(self, reader: Subscriber, new: Address) -> Subscriber | None:
        """Give the reader's row the address; return the row that has it, if one was made this very moment."""
        session, old = self.session, reader.email
        try:
            with session.begin_nested():
                reader.email, reader.address = new.email, new.key
                reader.address_hash = self.tokens.address_hash(new.key)
                session.flush()
        except IntegrityError:  # somebody has just signed up with it
            session.refresh(reader)
            return session.scalars(_of(new).with_for_update()).one()
        for subscription in reader.subscriptions:
            follow(State(subscription.state), Event.ADDRESS_CHANGED)
            append(session, subscription, Event.ADDRESS_CHANGED, self.evidence, self.now, former=old)
        return None


def _of(address: Address) -> Select[Subscriber]:
    return select(Subscriber).where(Subscriber.address == address.key)


def _is_barred_for_ever(session: Session, address_hash: str) -> bool:
    barred = find(session, address_hash)
    return barred is not None and barred.reason not in MAY_COME_BACK


def _lift_if_older(session: Session, tokens: Tokens, new: Address, change: AddressChange) -> None:
    """Lift what was imposed before the wish; its mail proved that the address works and is theirs."""
    barred = find(session, tokens.address_hash(new.key))
    if barred is None:
        return
    if barred.reason not in MAY_COME_BACK or barred.at > change.asked_at:
        raise AddressBarred("the address must not be written to")
    session.delete(barred)


def _waiting(reader: Subscriber, new: Address) -> Select[AddressChange]:
    """Return the same wish, as long as its mail has not left."""
    owed = select(AddressChange).join(Notice, Notice.change_id == AddressChange.id)
    return owed.where(
        AddressChange.subscriber_id == reader.id,
        AddressChange.email == new.email,
        AddressChange.done_at.is_(None),
        Notice.state == NoticeState.OWED,
    )


def _mails(session: Session, reader: Subscriber, new: Address, now: datetime) -> int:
    """Return how many such mails the reader asked for in the last day, and how many others to the same address."""
    same = or_(AddressChange.subscriber_id == reader.id, func.lower(AddressChange.email) == new.email.lower())
    asked = select(func.count(AddressChange.id)).where(same, AddressChange.asked_at > now - _DAY)
    return session.scalar(asked) or 0


def _notice(
    subscription: Subscription, kind: NoticeKind, email: str, change: AddressChange, now: datetime
) -> Notice:
    return Notice(
        subscription_id=subscription.id,
        kind=kind,
        email=email,
        change_id=change.id,
        state=NoticeState.OWED,
        created_at=now,
        due_at=now,
    )
