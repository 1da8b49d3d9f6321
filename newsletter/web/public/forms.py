"""What a posted sign-up form says, taken with care: anybody may post anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict

from newsletter.settings import NewsletterSettings
from subscribers.evidence import web_page
from subscribers.signup import SignUp

HONEYPOT = "leave_empty"


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """The fields of a sign-up form.

    `page` is an http or https address or empty; `is_robot` when a field that people cannot see was filled in.
    """

    email: str = ""
    name: str = ""
    sections: tuple[str, ...] = ()
    newsletters: tuple[str, ...] = ()
    page: str = ""
    time_zone: str = ""
    consent_version: str = ""
    is_robot: bool = False

    @property
    def page_host(self) -> str:
        """The site that the page is on, to be shown with a link to it."""
        return self.page.split("/")[2] if self.page else ""

    def wish(self, newsletter: NewsletterSettings) -> SignUp:
        """Return the wish for one newsletter, with the sections that it has; all of them is the same as none."""
        known = {section.name for section in newsletter.sections}
        return SignUp(
            email=self.email,
            newsletter=newsletter.slug,
            name=self.name,
            sections=tuple(chosen_sections(self.sections, known)),
            time_zone=self.time_zone if self.time_zone in _time_zones() else "",
        )


def chosen_sections(ticked: Iterable[str], known: set[str]) -> set[str]:
    """Return the sections ticked among the known; none when all are, so that a new section comes too."""
    chosen = known & set(ticked)
    return set() if chosen == known else chosen


def read_form(posted: MultiDict[str, str]) -> SignUpForm:
    """Return what was posted."""
    return SignUpForm(
        email=posted.get("email", "").strip()[:400],
        name=posted.get("name", "")[:400],
        sections=tuple(posted.getlist("sections")),
        newsletters=tuple(posted.getlist("newsletters")),
        page=web_page(posted.get("page", "")),
        time_zone=posted.get("time_zone", ""),
        consent_version=_printable(posted.get("consent_version", "")),
        is_robot=bool(posted.get(HONEYPOT, "").strip()),
    )


def _printable(text: str) -> str:
    return text if text.isprintable() else ""


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
