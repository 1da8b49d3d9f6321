"""The shapes of what another system wants done for readers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from newsletter.web.api.shapes import Email, Given, Hour, Language, Line, Sections, Slug, TimeZone
from subscribers.models import Frequency

Words = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2000)]


class NewSubscription(Given):
    """Who wants which newsletter, and how."""

    email: Email
    newsletter: Slug
    name: Line = ""
    sections: Sections = Field(default_factory=list)
    frequency: Frequency = Frequency.DAILY
    language: Language = ""
    time_zone: TimeZone = ""
    page: Annotated[Line, Field(description="The address of the page on which the form stood.")] = ""
    consent_version: Annotated[Line, Field(description="The version of the words that the form showed.")] = ""
    confirmed: Annotated[
        bool, Field(strict=True, description="Consent is there already; needs `consent` and readers:import.")
    ] = False
    consent: Annotated[Words | None, Field(description="How, when and to what consent was given.")] = None


def _without_defaults(schema: dict[str, Any]) -> None:
    """Leave null as what it means when it is given: what is left out has no value at all."""
    for field in schema["properties"].values():
        field.pop("default", None)


class Change(Given):
    """What is to change; what is left out stays. Name, language, zone and tracking hold for all newsletters.

    Null means the newsletter's own, or none.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    sections: Sections | None = None
    frequency: Frequency | None = None
    hour: Hour | None = None
    paused_until: AwareDatetime | None = None
    name: Line | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    tracking: Annotated[bool, Field(strict=True)] | None = None


class Goodbye(Given):
    """Why the reader leaves, in their own words."""

    reason: Annotated[Line, Field(description="In the reader's own words.")] = ""


class Barred(Given):
    """An address that must not be mailed."""

    email: Email
    note: Line = ""


class Lifted(Given):
    """An address that may be mailed again."""

    email: Email
