"""Rows of the register as the shapes that go out. Of who was erased nothing does."""

from __future__ import annotations

from hashlib import sha256

from pydantic import BaseModel
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from newsletter.web.api.shapes import Person, Standing, Subscriber, Subscription
from newsletter.web.problems import Problem
from subscribers import models
from subscribers.models import Frequency, Suppression
from subscribers.sections import split
from subscribers.states import State


def known() -> ColumnElement[bool]:
    """Return the condition that a subscriber was not erased."""
    return models.Subscriber.erased_at.is_(None) & (models.Subscriber.email != "")


def subscriber(session: Session, number: int) -> Subscriber:
    """Return one subscriber. Raises the Problem 404."""
    wanted = select(models.Subscriber).where(models.Subscriber.id == number, known())
    row = session.scalars(wanted).one_or_none()
    if row is None:
        raise Problem(404, f"There is no subscriber {number}.")
    return subscribers(session, [row])[0]


def subscribers(session: Session, rows: list[models.Subscriber]) -> list[Subscriber]:
    """Return subscribers with all that they are subscribed to, in two statements however many they are."""
    barred = _reasons(session, [row.address_hash for row in rows])
    mine = models.Subscription.subscriber_id.in_([row.id for row in rows])
    standing: dict[int, list[Standing]] = {row.id: [] for row in rows}
    for each in session.scalars(select(models.Subscription).where(mine).order_by(models.Subscription.id)):
        standing[each.subscriber_id].append(_standing(each))
    return [
        Subscriber(
            **_person(row, barred.get(row.address_hash)).model_dump(),
            created_at=row.created_at,
            subscriptions=standing[row.id],
        )
        for row in rows
    ]


def subscription(session: Session, number: int) -> Subscription:
    """Return one subscription. Raises the Problem 404."""
    row = session.get(models.Subscription, number, populate_existing=True)
    if row is None or row.subscriber.erased_at is not None or not row.subscriber.email:
        raise Problem(404, f"There is no subscription {number}.")
    person = row.subscriber
    barred = _reasons(session, [person.address_hash])
    return Subscription(**_standing(row).model_dump(), subscriber=_person(person, barred.get(person.address_hash)))


def etag(shape: BaseModel) -> str:
    """Return what tells this version of a thing from any other."""
    return sha256(shape.model_dump_json().encode()).hexdigest()[:32]


def require_unchanged(if_match: str, current: BaseModel) -> None:
    """Raise the Problem 412 unless `If-Match` (RFC 9110, section 13.1.1) is empty, `*`, or names this version."""
    named = {mark.strip().removeprefix("W/").strip('"') for mark in if_match.split(",")}
    if if_match and named.isdisjoint({"*", etag(current)}):
        raise Problem(412, "It has changed since you read it; read it again, and then decide.")


def _person(row: models.Subscriber, suppressed: str | None) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        time_zone=row.time_zone,
        suppressed=suppressed,
    )


def _standing(row: models.Subscription) -> Standing:
    return Standing(
        id=row.id,
        newsletter=row.newsletter,
        state=State(row.state),
        sections=sorted(split(row.sections)),
        frequency=Frequency(row.frequency),
        hour=row.hour,
        paused_until=row.paused_until,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _reasons(session: Session, hashes: list[str]) -> dict[str, str]:
    found = select(Suppression.address_hash, Suppression.reason).where(Suppression.address_hash.in_(hashes))
    return {address_hash: reason for address_hash, reason in session.execute(found)}  # noqa: C416 - rows are no pairs
