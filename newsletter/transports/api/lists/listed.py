"""What a provider's list is: pages asked for, entries read, entries added. No network here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from newsletter.transports.api.provider import Answer, Request


class Why(StrEnum):
    """Why an address is on a provider's list."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LEFT = "left"  # the reader unsubscribed at the provider
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Listed:
    """An address on a list. `at` is aware UTC, None where nobody says; `words` are the provider's."""

    email: str
    why: Why
    at: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and the request for the next part, None after the last one."""

    listed: tuple[Listed, ...]
    further: Request | None = None


class ListRefused(Exception):
    """The provider does not let us read or change its list, or said nothing that we understand; says why."""


class ProviderList(Protocol):
    """A provider's list, or several of its lists as one. Its methods are pure."""

    @property
    def name(self) -> str:
        """The provider's name, as in the configuration."""
        ...

    @property
    def most(self) -> int:
        """How many addresses may be added by one request."""
        ...

    def begin(self) -> Sequence[Request]:
        """Return the request for the first page of each list."""
        ...

    def page(self, asked: Request, answer: Answer) -> Page:
        """Return what an answer of 200 to a request holds. Raises ListRefused."""
        ...

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Return the requests that add so many addresses, at most `most`; adding one again changes nothing."""
        ...

    def failed(self, answer: Answer) -> Sequence[str]:
        """Return the addresses that an answer of 2xx to `add` did not take. Raises ListRefused."""
        ...


def moment(text: object) -> datetime | None:
    """Return a moment as a provider writes it: ISO 8601, RFC 2822 with UTC, or seconds since 1970."""
    if isinstance(text, int | float):
        return datetime.fromtimestamp(text, UTC)
    words = str(text or "").replace("Z", "+00:00")
    for read in (datetime.fromisoformat, _rfc_2822):
        try:
            found = read(words)
        except ValueError:
            continue
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _rfc_2822(text: str) -> datetime:
    return datetime.strptime(text.replace("UTC", "+0000").replace("GMT", "+0000"), "%a, %d %b %Y %H:%M:%S %z")


def rows(answer: Answer, *keys: str) -> list[dict[str, object]]:
    """Return the rows of an answer, under these keys. Raises ListRefused where there are none such."""
    found = answer.json()
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ListRefused(f"the answer holds no list: {answer.text[:200]}")
    return found
