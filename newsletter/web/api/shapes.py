"""The shapes of what comes in and goes out. What comes in may hold nothing that has no meaning."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from subscribers.models import Frequency
from subscribers.states import State

MOST = 500  # rows in one answer
LARGEST_ID = 2**31 - 1  # what a column of whole numbers holds


class Shape(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Given):
    """For operations that take nothing."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must hold no control characters")
    return text


def _time_zone(name: str) -> str:
    if name and name not in _time_zones():
        raise ValueError("must be a time zone by its IANA name, such as Europe/Berlin, or empty")
    return name


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


Line = Annotated[str, StringConstraints(strict=True, max_length=200), AfterValidator(_printable)]
Email = Annotated[str, StringConstraints(strict=True, max_length=320), Field(examples=["ada@reader.example"])]
Slug = Annotated[str, StringConstraints(strict=True, max_length=64), AfterValidator(_printable)]
Section = Annotated[
    str, StringConstraints(strict=True, max_length=64, pattern="^[^,]+$"), AfterValidator(_printable)
]
Sections = Annotated[list[Section], Field(max_length=100, description="The chosen ones; empty means all of them.")]
Language = Annotated[
    str,
    StringConstraints(strict=True, max_length=20, pattern="^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$"),
    Field(description="A language tag such as de; empty means the newsletter's own."),
]
TimeZone = Annotated[
    str,
    StringConstraints(strict=True, max_length=64),
    AfterValidator(_time_zone),
    Field(description="An IANA name such as Europe/Berlin; empty means the newsroom's."),
]
Hour = Annotated[
    int, Field(strict=True, ge=0, le=23, description="In the reader's own zone; null means the newsletter's hour.")
]
Cursor = Annotated[
    int, Field(ge=0, le=LARGEST_ID, description="Where the answer before this one ended: its `next`.")
]
Limit = Annotated[int, Field(ge=1, le=MOST, description="At most so many.")]


class Person(Shape):
    """Who a subscription belongs to. `suppressed` is why the address is mailed nothing, null where it may be."""

    id: int
    email: str
    name: str
    language: str
    time_zone: str
    suppressed: str | None


class Standing(Shape):
    """A subscription by itself."""

    id: int
    newsletter: str
    state: State
    sections: Annotated[list[str], Field(description="The chosen ones, sorted; empty means all of them.")]
    frequency: Frequency
    hour: Annotated[int | None, Field(description="In the reader's own zone; null means the newsletter's.")]
    paused_until: datetime | None
    created_at: datetime
    changed_at: datetime


class Subscription(Standing):
    """A subscription and whose it is."""

    subscriber: Person


class Subscriber(Person):
    """A person's address with everything that it is subscribed to, or was."""

    created_at: datetime
    subscriptions: list[Standing]


class Subscribers(Shape):
    """Some subscribers in the order of their ids. `next` is the `after` of the next ones, null at the end."""

    items: list[Subscriber]
    next: int | None
