"""What a posted sign-up form says, taken with care: anybody may post anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict

from newsletter.settings import NewsletterSettings
from newsletter.web.catalogues import closest
from newsletter.web.public.frequencies import sensible
from newsletter.web.public.gate import NOTHING_SHOWN, Shown
from newsletter.web.public.languages import offered_languages
from subscribers.evidence import web_page
from subscribers.models import Frequency
from subscribers.signup import SignUp
from subscribers.typos import suggestion

HONEYPOT = "leave_empty"


@dataclass(frozen=True, slots=True)
class SignUpForm:
    """The fields of a sign-up form.

    `page` is an http or https address or empty; `is_robot` when a field that people cannot see was filled in.
    A section may be named with the newsletter that it belongs to, as in `evening:city`. `keep` is the address that
    the reader insists on, although it looks like a slip of the keyboard.
    """

    email: str = ""
    keep: str = ""
    name: str = ""
    sections: tuple[str, ...] = ()
    newsletters: tuple[str, ...] = ()
    page: str = ""
    language: str = ""
    time_zone: str = ""
    frequency: Frequency = Frequency.DAILY
    consent_version: str = ""
    is_robot: bool = False
    shown: Shown = NOTHING_SHOWN

    @property
    def page_host(self) -> str:
        """The site that the page is on, to be shown with a link to it."""
        return self.page.split("/")[2] if self.page else ""

    @property
    def suggestion(self) -> str:
        """The address that was probably meant instead; empty where there is none or the reader has decided."""
        return "" if self.keep == self.email else suggestion(self.email)

    def wish(self, newsletter: NewsletterSettings) -> SignUp:
        """Return the wish for one newsletter: the sections that it has, and how often where there is a choice.

        All sections are the same as none.
        """
        known = {section.name for section in newsletter.sections}
        ticked = (name.removeprefix(f"{newsletter.slug}:") for name in self.sections)
        return SignUp(
            email=self.email,
            newsletter=newsletter.slug,
            name=self.name,
            sections=tuple(chosen_sections(ticked, known)),
            language=closest(self.language, offered_languages()) or "",
            time_zone=self.time_zone if self.time_zone in _time_zones() else "",
            frequency=self.frequency if self.frequency in sensible(newsletter) else Frequency.DAILY,
        )


def chosen_sections(ticked: Iterable[str], known: set[str]) -> set[str]:
    """Return the sections ticked among the known; none when all are, so that a new section comes too."""
    chosen = known & set(ticked)
    return set() if chosen == known else chosen


def read_form(posted: MultiDict[str, str]) -> SignUpForm:
    """Return what was posted."""
    return SignUpForm(
        email=email_of(posted),
        keep=posted.get("keep", ""),
        name=posted.get("name", "")[:400],
        sections=tuple(posted.getlist("sections")),
        newsletters=tuple(posted.getlist("newsletters")),
        page=web_page(posted.get("page", "")),
        language=posted.get("language", ""),
        time_zone=posted.get("time_zone", ""),
        frequency=_frequency(posted.get("frequency", "")),
        consent_version=_printable(posted.get("consent_version", "")),
        is_robot=bool(posted.get(HONEYPOT, "").strip()),
        shown=Shown(posted.get("stamp", ""), posted.get("proof", "")),
    )


def email_of(posted: MultiDict[str, str]) -> str:
    """Return the address typed, or the one that was suggested for just that and taken."""
    typed, instead = posted.get("email", "").strip()[:400], posted.get("instead", "")
    return instead if instead and instead == suggestion(typed) else typed


def _frequency(text: str) -> Frequency:
    return Frequency(text) if text in set(Frequency) else Frequency.DAILY


def _printable(text: str) -> str:
    return text if text.isprintable() else ""


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
