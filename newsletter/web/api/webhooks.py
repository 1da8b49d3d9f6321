"""Webhooks: the endpoints that are told of events. What they carry is the feed, so both scopes are needed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Given, Nothing, Shape
from newsletter.web.problems import Problem
from newsletter.webhooks import endpoints
from newsletter.webhooks.payload import TYPES
from newsletter.webhooks.sending import BadAddress
from newsletter.webhooks.standing import Standing, standing

_SCOPES = (Scope.WEBHOOKS_WRITE, Scope.EVENTS_READ)
EventType = StrEnum("EventType", {name.replace(".", "_").upper(): name for name in TYPES})  # type: ignore[misc]


class WebhookState(StrEnum):
    """How an endpoint fares."""

    WORKS = "works"
    FAILS = "fails"
    DISABLED = "disabled"


class NewWebhook(Given):
    """Which address is to be told of what."""

    url: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2000)]
    events: Annotated[list[EventType], Field(min_length=1, max_length=100)]


class Webhook(Shape):
    """An endpoint and how it fares."""

    id: int
    url: str
    events: list[str]
    state: WebhookState
    owed: Annotated[int, Field(description="Messages that it has not taken yet.")]
    given_up: Annotated[int, Field(description="Messages that it never took.")]
    trouble: Annotated[str, Field(description="What went wrong last; empty while it works.")]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None


class WebhookWithSecret(Webhook):
    """An endpoint with the secret that its requests are verified with, which is shown only now."""

    secret: str


class Webhooks(Shape):
    """All endpoints, the oldest first."""

    items: list[Webhook]


class Tested(Shape):
    """What an endpoint said to a message of the type `webhook.test`."""

    taken: bool
    status: int | None
    words: str


def list_webhooks(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Return all of them."""
    with call.app.database.reading() as session:
        return Answer(Webhooks(items=[Webhook.model_validate(_fields(each)) for each in standing(session)]))


def add_webhook(call: Call, wish: NewWebhook) -> Answer:
    """Add one, and show its secret."""
    app = call.app
    hosts = app.settings.webhooks.allow_hosts
    with app.database.writing() as session:
        try:
            made = endpoints.add(
                session,
                app.chance,
                wish.url,
                wish.events,
                app.clock.now(),
                actor=call.caller.name,
                allow_hosts=hosts,
            )
        except (BadAddress, endpoints.EndpointRefused) as refusal:
            raise Problem(422, _sentence(refusal)) from None
        return Answer(_with_secret(call, session, made.id), 201)


def show_webhook(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Return one."""
    with call.app.database.reading() as session:
        return Answer(Webhook.model_validate(_fields(_found(session, call.ids["id"]))))


def remove_webhook(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Remove one, and what it is owed."""
    with call.app.database.writing() as session:
        try:
            endpoints.remove(session, call.ids["id"], call.app.clock.now(), actor=call.caller.name)
        except LookupError as error:
            raise Problem(404, str(error)) from None
    return Answer(status=204)


def rotate_webhook(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Give one a new secret, and show it."""
    with call.app.database.writing() as session:
        _found(session, call.ids["id"])
        endpoints.rotate(session, call.ids["id"], call.app.clock.now(), actor=call.caller.name)
        return Answer(_with_secret(call, session, call.ids["id"]))


def enable_webhook(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Set one going again."""
    with call.app.database.writing() as session:
        _found(session, call.ids["id"])
        endpoints.enable(session, call.ids["id"], call.app.clock.now(), actor=call.caller.name)
        return Answer(Webhook.model_validate(_fields(_found(session, call.ids["id"]))))


def test_webhook(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Send one a message now."""
    try:
        reply = call.app.webhooks().test(call.ids["id"])
    except LookupError as error:
        raise Problem(404, str(error)) from None
    return Answer(Tested(taken=reply.is_taken, status=reply.status, words=reply.words))


def _found(session: Session, number: int) -> Standing:
    for each in standing(session):
        if each.id == number:
            return each
    raise Problem(404, f"There is no webhook {number}.")


def _with_secret(call: Call, session: Session, number: int) -> WebhookWithSecret:
    secret = call.app.webhooks().secrets.of(endpoints.get(session, number))
    return WebhookWithSecret.model_validate(_fields(_found(session, number)) | {"secret": secret})


def _fields(each: Standing) -> dict[str, object]:
    return {name: getattr(each, name) for name in Webhook.model_fields} | {"events": list(each.events)}


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


_MISSING = frozenset({404})

OPERATIONS = (
    Operation(
        name="list_webhooks",
        method="GET",
        path="/webhooks",
        summary="List webhooks",
        scopes=_SCOPES,
        perform=list_webhooks,
        answers={200: Webhooks},
    ),
    Operation(
        name="add_webhook",
        method="POST",
        path="/webhooks",
        summary="Add a webhook",
        detail="It is told of events from now on. The secret is shown only in this answer.",
        scopes=_SCOPES,
        perform=add_webhook,
        takes=NewWebhook,
        answers={201: WebhookWithSecret},
    ),
    Operation(
        name="show_webhook",
        method="GET",
        path="/webhooks/{id}",
        summary="Show a webhook",
        scopes=_SCOPES,
        perform=show_webhook,
        answers={200: Webhook},
        problems=_MISSING,
    ),
    Operation(
        name="remove_webhook",
        method="DELETE",
        path="/webhooks/{id}",
        summary="Remove a webhook",
        scopes=_SCOPES,
        perform=remove_webhook,
        answers={204: None},
        problems=_MISSING,
    ),
    Operation(
        name="rotate_webhook",
        method="POST",
        path="/webhooks/{id}/rotate",
        summary="Give a webhook a new secret",
        detail="For a day the former secret signs as well.",
        scopes=_SCOPES,
        perform=rotate_webhook,
        answers={200: WebhookWithSecret},
        problems=_MISSING,
    ),
    Operation(
        name="enable_webhook",
        method="POST",
        path="/webhooks/{id}/enable",
        summary="Set a webhook going again that was disabled",
        detail="It is told of everything since.",
        scopes=_SCOPES,
        perform=enable_webhook,
        answers={200: Webhook},
        problems=_MISSING,
    ),
    Operation(
        name="test_webhook",
        method="POST",
        path="/webhooks/{id}/test",
        summary="Send a webhook a message of the type webhook.test now",
        scopes=_SCOPES,
        perform=test_webhook,
        answers={200: Tested},
        problems=_MISSING,
    ),
)
