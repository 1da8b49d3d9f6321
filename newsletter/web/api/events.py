"""The feed of events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Cursor, Given, Limit, Shape
from newsletter.webhooks.payload import told
from subscribers import feed


class Event(Shape):
    """One thing that happened to a subscription; a webhook's `data` is the same."""

    id: int
    type: Annotated[str, Field(description="Such as subscription.confirmed.")]
    at: datetime
    newsletter: str
    subscription_id: int
    subscriber_id: int
    email: Annotated[str | None, Field(description="As it is now; null once its owner was erased.")]
    source: Annotated[str, Field(description="By what way: form, link, one_click, desk, cli, api, import, mail …")]
    source_page: str
    key: Annotated[str, Field(description="The name of the API key that did it, else empty.")]
    consent_version: str
    detail: Annotated[dict[str, str], Field(description="What it changed.")]


class Events(Shape):
    """Some events in their order. `next` is the `after` to go on from, now or later."""

    items: list[Event]
    next: int


class After(Given):
    """Where to go on."""

    after: Cursor = 0
    limit: Limit = 100


def list_events(call: Call, place: After) -> Answer:
    """Return the next events, none where there are none yet."""
    found = feed.read(call.app.database, place.after, place.limit)
    events = [Event.model_validate(told(each)) for each in found]
    return Answer(Events(items=events, next=events[-1].id if events else place.after))


OPERATIONS = (
    Operation(
        name="list_events",
        method="GET",
        path="/events",
        summary="Follow what happens to subscriptions",
        detail="Keep `next` and ask again with it: no event is skipped and none comes twice.",
        scopes=(Scope.EVENTS_READ,),
        perform=list_events,
        takes=After,
        answers={200: Events},
    ),
)
