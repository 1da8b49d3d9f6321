"""Looking readers up."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select

from newsletter.web.api import views
from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import (
    Cursor,
    Email,
    Given,
    Limit,
    Nothing,
    Slug,
    Subscriber,
    Subscribers,
    Subscription,
)
from subscribers import models
from subscribers.addresses import InvalidAddress, normalise
from subscribers.states import State


class Wanted(Given):
    """Which subscribers."""

    after: Cursor = 0
    limit: Limit = 100
    email: Email | None = None
    newsletter: Slug | None = None
    state: State | None = None


def list_subscribers(call: Call, wanted: Wanted) -> Answer:
    """Return those who fit, in the order of their ids."""
    statement = select(models.Subscriber).where(views.known(), models.Subscriber.id > wanted.after)
    if wanted.email is not None:
        statement = statement.where(models.Subscriber.address == _key(wanted.email))
    if wanted.newsletter is not None or wanted.state is not None:
        statement = statement.where(_has(wanted))
    with call.app.database.reading() as session:
        rows = list(session.scalars(statement.order_by(models.Subscriber.id).limit(wanted.limit + 1)))
        shown = views.subscribers(session, rows[: wanted.limit])
    return Answer(Subscribers(items=shown, next=shown[-1].id if len(rows) > wanted.limit else None))


def show_subscriber(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Return one."""
    with call.app.database.reading() as session:
        return Answer(views.subscriber(session, call.ids["id"]))


def show_subscription(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Return one, with the mark of its version."""
    with call.app.database.reading() as session:
        shown = views.subscription(session, call.ids["id"])
    return Answer(shown, etag=views.etag(shown))


def _key(email: str) -> str:
    """Return what an address is known by; what is no address is nobody's."""
    try:
        return normalise(email).key
    except InvalidAddress:
        return ""


def _has(wanted: Wanted) -> ColumnElement[bool]:
    fitting = exists().where(models.Subscription.subscriber_id == models.Subscriber.id)
    if wanted.newsletter is not None:
        fitting = fitting.where(models.Subscription.newsletter == wanted.newsletter)
    if wanted.state is not None:
        fitting = fitting.where(models.Subscription.state == wanted.state)
    return fitting


OPERATIONS = (
    Operation(
        name="list_subscribers",
        method="GET",
        path="/subscribers",
        summary="List or find subscribers",
        detail="Ask again with `after` set to `next` until that is null. `newsletter` and `state` are of one "
        "subscription.",
        scopes=(Scope.READERS_READ,),
        perform=list_subscribers,
        takes=Wanted,
        answers={200: Subscribers},
    ),
    Operation(
        name="show_subscriber",
        method="GET",
        path="/subscribers/{id}",
        summary="Show a subscriber",
        scopes=(Scope.READERS_READ,),
        perform=show_subscriber,
        answers={200: Subscriber},
        problems=frozenset({404}),
    ),
    Operation(
        name="show_subscription",
        method="GET",
        path="/subscriptions/{id}",
        summary="Show a subscription",
        scopes=(Scope.READERS_READ,),
        perform=show_subscription,
        answers={200: Subscription},
        problems=frozenset({404}),
        has_etag=True,
    ),
)
