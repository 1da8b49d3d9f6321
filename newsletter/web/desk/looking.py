"""What readers are looked for by at the desk: read from an address, and written into one again."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from newsletter.settings import Settings
from subscribers.finding import BARRED, Search
from subscribers.models import Frequency, SuppressionReason
from subscribers.states import State

STANDINGS = {
    State.ACTIVE: "Active",
    State.PENDING: "Not confirmed",
    State.UNSUBSCRIBED: "Left",
    State.REMOVED: "Taken out",
    BARRED: "Barred",
}
WAYS = {
    "form": "A form",
    "import": "An import",
    "api": "The API",
    "cli": "A command",
    "desk": "The desk",
}
FREQUENCIES = {
    Frequency.DAILY: "every issue",
    Frequency.WEEKDAYS: "Monday to Friday",
    Frequency.WEEKLY: "the best of the week",
}
# What lifting does, by what bars the address.
LIFTING = {
    SuppressionReason.BOUNCED: "Mail to it came back. If it does again, the address is barred again, and mail "
    "providers think the less of us.",
    SuppressionReason.COMPLAINED: "Its owner called our mail spam, and has left. Lifting lets them sign up again; "
    "it subscribes them to nothing.",
    SuppressionReason.ERASED: "Its owner asked to be forgotten. Lifting lets an import mail them again: do so "
    "only when they ask for it.",
    SuppressionReason.BY_HAND: "Somebody here barred it. Active subscriptions are sent issues again from tonight "
    "on.",
}
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, and the address that carries it. What makes no sense in an address is left out."""

    search: Search
    after: int = 0

    @property
    def arguments(self) -> dict[str, str]:
        """The search as an address carries it."""
        named = {
            "q": self.search.typed,
            "newsletter": self.search.newsletter,
            "state": self.search.standing,
            "section": self.search.section,
            "source": self.search.source,
            "page": self.search.page,
            "import": str(self.search.import_id or ""),
        }
        return {name: text for name, text in named.items() if text}


def asked(arguments: MultiDict[str, str], settings: Settings) -> Asked:
    """Return what an address asks for."""
    search = Search(
        typed=_typed(arguments, "q"),
        newsletter=_one_of(arguments, "newsletter", [each.slug for each in settings.newsletters]),
        standing=_one_of(arguments, "state", STANDINGS),
        section=_one_of(arguments, "section", sections(settings)),
        source=_one_of(arguments, "source", WAYS),
        page=_typed(arguments, "page"),
        import_id=_number(arguments, "import"),
    )
    return Asked(search, _number(arguments, "after"))


def sections(settings: Settings) -> dict[str, str]:
    """Return the titles of all newsletters' sections, by name."""
    return {each.name: each.title for newsletter in settings.newsletters for each in newsletter.sections}


def _typed(arguments: MultiDict[str, str], name: str) -> str:
    """Return what was typed, as far as it can stand in an address or a name."""
    return "".join(sign for sign in arguments.get(name, "")[:320] if sign.isprintable()).strip()


def _one_of(arguments: MultiDict[str, str], name: str, known: Container[str]) -> str:
    text = arguments.get(name, "")
    return text if text in known else ""


def _number(arguments: MultiDict[str, str], name: str) -> int:
    return max(0, min(arguments.get(name, 0, int), _LARGEST))
