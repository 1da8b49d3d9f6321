"""Who is behind a hit: a person, or one of the machines that look at mail before people do. Pure.

Machines fetch pictures and follow links in order to keep them from harm, or to have them at hand. What gives them
away, in this order: they say so themselves (`agents`); they come within seconds of the letter, before anybody
could have read it; they follow a link that people cannot see; they follow many links at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AT_ONCE = timedelta(seconds=10)  # after the letter was accepted
AROUND_HIDDEN = timedelta(minutes=1)  # before and after the hidden link was followed
MANY = 3  # different links ...
WITHIN = timedelta(seconds=2)  # ... in so short a time


class Kind(StrEnum):
    """What was hit."""

    OPEN = "open"  # the picture at a letter's end
    CLICK = "click"  # a story's link
    HIDDEN = "hidden"  # the link that people cannot see


class Who(StrEnum):
    """Who is behind a hit."""

    PERSON = "person"
    MACHINE = "machine"


class Reason(StrEnum):
    """Why a hit is a machine's. Nothing speaks against a person where it is empty."""

    NONE = ""
    SAID = "said"  # it said so itself
    AT_ONCE = "at_once"  # within seconds of the letter
    HIDDEN = "hidden"  # it followed the hidden link, then or within a minute
    MANY = "many"  # it followed many links at once


@dataclass(frozen=True, slots=True)
class Seen:
    """One hit of a reader. `link` is its number in the issue, 0 for what is no story's.

    `agent` is the machine that it says to be, empty where it says nothing of the kind.
    """

    at: datetime
    kind: Kind
    link: int = 0
    agent: str = ""


def judge(hits: Sequence[Seen], accepted_at: datetime | None) -> list[Reason]:
    """Return for each hit of one reader on one issue why it is a machine's.

    `accepted_at` is when the letter was accepted for the reader, None where that is not known any more. What comes
    later can change what was thought of earlier hits: judge them all again.
    """
    hidden = [hit.at for hit in hits if hit.kind is Kind.HIDDEN]
    many = _many_at_once([hit for hit in hits if hit.kind is Kind.CLICK])
    return [_reason(hit, accepted_at, hidden, hit in many) for hit in hits]


def _reason(hit: Seen, accepted_at: datetime | None, hidden: Iterable[datetime], one_of_many: bool) -> Reason:  # noqa: FBT001 - a fact among facts
    if hit.agent:
        return Reason.SAID
    if accepted_at is not None and hit.at - accepted_at <= AT_ONCE:
        return Reason.AT_ONCE
    if hit.kind is not Kind.OPEN and any(abs(hit.at - at) <= AROUND_HIDDEN for at in hidden):
        return Reason.HIDDEN
    return Reason.MANY if one_of_many else Reason.NONE


def _many_at_once(clicks: Iterable[Seen]) -> set[Seen]:
    """Return the clicks that stand with enough others in a short stretch of time."""
    ordered = sorted(clicks, key=lambda click: click.at)
    found: set[Seen] = set()
    first = 0
    for last, click in enumerate(ordered):
        while click.at - ordered[first].at > WITHIN:
            first += 1
        together = ordered[first : last + 1]
        if len({each.link for each in together}) >= MANY:
            found.update(together)
    return found
