"""The weekly best-of: one letter a week for who does not want one every evening. Pure.

It leaves with the issue of the week's day. What earlier evenings of the week put first stands first here: leads
before the stories of sections, those before "also today", and of the same rank the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft
from newsletter.issues.assemble import arranged
from newsletter.issues.identities import identities
from newsletter.issues.placing import Placed, laid_out
from newsletter.issues.words import preheader, weekly_subject
from newsletter.settings import NewsletterSettings

WEEK = timedelta(days=7)
_RANK = {"lead": 0, "section": 1, "also": 2}


@dataclass(frozen=True, slots=True)
class Night:
    """The stories of an earlier evening in reading order, as they are now."""

    date: date
    placed: Sequence[Placed]


def week_begins(newsletter: NewsletterSettings, day: date) -> date:
    """Return the latest day of the weekly best-of, up to `day`."""
    return day - timedelta(days=(day.weekday() - newsletter.weekly_day) % 7)


def best_of_week(
    tonight: IssueDraft, nights: Iterable[Night], newsletter: NewsletterSettings, since: date
) -> IssueDraft:
    """Return the best of tonight and of the evenings after `since`, for readers who were sent none of them."""
    unseen = [night for night in nights if since < night.date < tonight.date]
    lead, *others = _ranked([Night(tonight.date, laid_out(tonight)), *unseen])
    sections, also = arranged(lead, others, newsletter)
    also = also[: newsletter.maximum_also]
    number = sum(len(section.stories) for section in sections) + len(also)
    return replace(
        tonight,
        subject=weekly_subject(lead, number, newsletter.language),
        preheader=preheader([lead, *(story for section in sections for story in section.stories), *also]),
        lead=lead,
        sections=sections,
        also=also,
        archive=(),
        since=since,
        own_subject="",
        own_preheader="",
    )


def _ranked(nights: Iterable[Night]) -> list[Article]:
    """Return each story once, where it stood best."""
    latest_first = sorted(nights, key=lambda night: night.date, reverse=True)
    places = [placed for night in latest_first for placed in night.placed if placed.role in _RANK]
    known: set[str] = set()
    found = []
    for placed in sorted(places, key=lambda placed: _RANK[placed.role]):  # stable: the latest night first
        names = identities(placed.article)
        if not names & known:
            found.append(replace(placed.article, section=placed.section))
        known |= names
    return found
