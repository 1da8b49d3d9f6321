"""Tonight's issue out of the day's articles. Pure: the same articles give the same draft.

The most prominent story leads. Each section shows its most prominent stories up to its maximum; what has no room
there, belongs to a section that is too thin, or to none, is listed under "also today". Stories beyond the end of
that list are left out, and since the next issue's window begins where this one's ends, they stay left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, SectionOfIssue, Skip, Variant
from newsletter.issues.identities import identities, plain
from newsletter.issues.words import preheader, subject
from newsletter.settings import NewsletterSettings, SectionSettings, WhenEmpty

MOST_ARCHIVE = 3


def assemble(
    articles: Iterable[Article],
    *,
    used: frozenset[str],
    newsletter: NewsletterSettings,
    date: date,
    window_start: datetime,
    window_end: datetime,
    archive: Sequence[Article] = (),
) -> IssueDraft | Skip:
    """Return the draft, or why there is none.

    `used` are the identities of what earlier issues of this newsletter carried; `archive` are earlier stories,
    best first, of which a few of today's sections are offered again.
    """
    stories = ranked(_unused(articles, used), newsletter, window_start, window_end)
    if too_few := _too_few(stories, newsletter):
        return Skip(too_few, window_start, window_end)
    lead, *others = stories
    sections, also = _arranged(lead, others, newsletter)
    if missing := _missing(stories, newsletter):
        return Skip(missing, window_start, window_end)
    also = also[: newsletter.maximum_also]
    carried = 1 + sum(len(section.stories) for section in sections) + len(also)
    return IssueDraft(
        newsletter=newsletter.slug,
        date=date,
        subject=subject(lead, carried - 1, newsletter.language),
        preheader=preheader(stories),
        lead=lead,
        sections=sections,
        also=also,
        archive=_worth_again(archive, stories, newsletter),
        window_start=window_start,
        window_end=window_end,
    )


def ranked(
    articles: Iterable[Article], newsletter: NewsletterSettings, window_start: datetime, window_end: datetime
) -> list[Article]:
    """Return the articles under the newsletter's own section names, the most prominent first.

    Pinned ones come before all others. Prominence adds up a picture (2), the body's length (1 for each 1,000
    characters, at most 3), comments (1 for ten, 2 for a hundred or more), the section's place in the newsletter
    (the first 1, the last 0) and freshness within the window (at most 1). Ties go to the newer story.
    """
    places = {section.name: place for place, section in enumerate(newsletter.sections)}
    span = max((window_end - window_start).total_seconds(), 1.0)

    def prominence(article: Article) -> float:
        fresh = (article.published - window_start).total_seconds() / span
        place = places.get(article.section)
        return (
            (2.0 if article.image else 0.0)
            + min(len(plain(article.body_html)) / 1000, 3.0)
            + min(math.log10((article.comment_count or 0) + 1), 2.0)
            + (0.0 if place is None else 1.0 - place / len(places))
            + min(max(fresh, 0.0), 1.0)
        )

    filed = [_filed(article, newsletter) for article in articles]
    return sorted(filed, key=lambda story: (not story.pinned, -prominence(story), _newest_first(story)))


def for_variant(draft: IssueDraft, variant: Variant) -> IssueDraft | None:
    """Return the issue as readers of these sections get it; None where it has nothing for them.

    Where the lead is not in a chosen section the next story leads, and subject and preheader follow it.
    """
    if not variant.sections:
        return draft
    kept = [story for story in draft.stories if story.section in variant.sections]
    if not kept:
        return None
    lead = kept[0]
    sections = tuple(
        replace(section, stories=stories)
        for section in draft.sections
        if (stories := tuple(story for story in section.stories if story in kept and story != lead))
    )
    return replace(
        draft,
        lead=lead,
        sections=sections,
        also=tuple(story for story in draft.also if story in kept and story != lead),
        archive=tuple(story for story in draft.archive if story.section in variant.sections),
        subject=subject(lead, len(kept) - 1, variant.language),
        preheader=preheader(kept),
    )


def _unused(articles: Iterable[Article], used: frozenset[str]) -> list[Article]:
    """Return each story once: among several forms of one the pinned, then the one published last stays."""
    known = set(used)
    found = []
    for article in sorted(articles, key=lambda article: (not article.pinned, _newest_first(article))):
        names = identities(article)
        if not names & known:
            found.append(article)
        known |= names
    return found


def _too_few(stories: Sequence[Article], newsletter: NewsletterSettings) -> str:
    least = max(newsletter.minimum_articles, 1)
    if len(stories) >= least:
        return ""
    found = {0: "No new story", 1: "Only 1 new story"}.get(len(stories), f"Only {len(stories)} new stories")
    return f"{found} since the last issue; minimum_articles asks for {least}."


def _missing(stories: Sequence[Article], newsletter: NewsletterSettings) -> str:
    for section in newsletter.sections:
        number = sum(story.section == section.name for story in stories)
        if section.when_empty is WhenEmpty.DO_NOT_SEND and number < max(section.minimum, 1):
            have = "no new story" if number == 0 else f"only {number} of the {section.minimum} stories it needs"
            return f'The section "{section.title}" has {have}, and its when_empty is "do_not_send".'
    return ""


def _arranged(
    lead: Article, others: Sequence[Article], newsletter: NewsletterSettings
) -> tuple[tuple[SectionOfIssue, ...], tuple[Article, ...]]:
    """Return the sections that are printed, and the stories that found no room in one."""
    wanted = newsletter.sections or _own_sections(others)
    printed = []
    for section in wanted:
        stories = [story for story in others if story.section == section.name]
        enough = len(stories) + (lead.section == section.name) >= section.minimum
        if stories and enough:
            printed.append(SectionOfIssue(section.name, section.title, tuple(stories[: section.maximum])))
    shown = {id(story) for section in printed for story in section.stories}
    return tuple(printed), tuple(story for story in others if id(story) not in shown)


def _own_sections(stories: Sequence[Article]) -> tuple[SectionSettings, ...]:
    """Return the stories' own sections in order of appearance, for a newsletter that names none."""
    names = dict.fromkeys(story.section for story in stories)
    return tuple(SectionSettings(name, name[:1].upper() + name[1:]) for name in names)


def _filed(article: Article, newsletter: NewsletterSettings) -> Article:
    """Return the article under the newsletter's name for its section, which a source may write as its title."""
    names: Mapping[str, str] = {
        written.casefold(): section.name
        for section in newsletter.sections
        for written in (section.title, section.name)
    }
    wanted = names.get(article.section.strip().casefold(), article.section.strip().casefold())
    return article if wanted == article.section else replace(article, section=wanted)


def _worth_again(
    archive: Sequence[Article], stories: Sequence[Article], newsletter: NewsletterSettings
) -> tuple[Article, ...]:
    known = set().union(*map(identities, stories))
    sections = {story.section for story in stories}
    offered = (_filed(old, newsletter) for old in archive)
    fitting = [old for old in offered if old.section in sections and not identities(old) & known]
    return tuple(fitting[:MOST_ARCHIVE])


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.published.timestamp(), article.url
