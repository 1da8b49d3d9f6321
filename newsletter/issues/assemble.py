"""Tonight's issue out of the day's articles. Pure: the same articles give the same draft.

    articles | without what was used, each story once | by prominence | lead, sections, also today | draft or skip

The most prominent story leads. Each section shows its most prominent stories up to its maximum; what has no room
there, belongs to a section that is too thin, or to none, is listed under "also today".

What exceeds `maximum_also` is left out. It does not count as used, but the next issue's window begins where this
one's ends, so it does not come back by itself: an evening brings the day's news, not yesterday's least important.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, SectionOfIssue, Skip, Variant
from newsletter.issues.identities import identities
from newsletter.issues.prominence import by_prominence, newest_first
from newsletter.issues.words import preheader, section_title, subject, weekly_subject
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
    best first, of which a few of today's sections are offered again. The window only measures freshness: which
    articles belong to it is the caller's choice.
    """
    order = [section.name for section in newsletter.sections]
    offered = [filed(article, newsletter) for article in _distinct(articles, used)]
    stories = by_prominence(offered, order, window_start, window_end)
    if reason := _too_few(stories, newsletter) or _missing(stories, newsletter):
        return Skip(reason, window_start, window_end)
    lead, *others = stories
    sections, also = arranged(lead, others, newsletter)
    also = also[: newsletter.maximum_also]
    return IssueDraft(
        newsletter=newsletter.slug,
        date=date,
        subject=subject(lead, sum(len(section.stories) for section in sections) + len(also), newsletter.language),
        preheader=preheader([lead, *(story for section in sections for story in section.stories), *also]),
        lead=lead,
        sections=sections,
        also=also,
        archive=_worth_again(archive, stories, newsletter),
        window_start=window_start,
        window_end=window_end,
        language=newsletter.language,
    )


def for_variant(draft: IssueDraft, variant: Variant) -> IssueDraft | None:
    """Return the issue as readers of these sections and this language get it; None where it has nothing for them.

    Where the lead is not in a chosen section the most prominent remaining story leads, and subject and preheader
    follow it, also where editors wrote others: those speak of a story that is not there. A story belongs to the
    section it is filed under, the lead and those under "also today" as well.
    """
    chosen = frozenset(name.casefold() for name in variant.sections)

    def wanted(story: Article) -> bool:
        return not chosen or story.section.casefold() in chosen

    kept = [story for story in draft.stories if wanted(story)]
    if not kept:
        return None
    lead = draft.lead if wanted(draft.lead) else _most_prominent(kept, draft)
    filtered = replace(_without(draft, lambda story: story is lead or not wanted(story)), lead=lead)
    words = weekly_subject if draft.since else subject
    own = draft if lead is draft.lead else None
    return replace(
        filtered,
        subject=(own and own.own_subject) or words(lead, len(kept) - 1, variant.language or draft.language),
        preheader=(own and own.own_preheader) or preheader(filtered.stories),
    )


def _without(draft: IssueDraft, gone: Callable[[Article], bool]) -> IssueDraft:
    sections = (
        replace(section, stories=tuple(story for story in section.stories if not gone(story)))
        for section in draft.sections
    )
    return replace(
        draft,
        sections=tuple(section for section in sections if section.stories),
        also=tuple(story for story in draft.also if not gone(story)),
        archive=tuple(story for story in draft.archive if not gone(story)),
    )


def _most_prominent(stories: Sequence[Article], draft: IssueDraft) -> Article:
    order = [section.name for section in draft.sections]
    return by_prominence(stories, order, draft.window_start, draft.window_end)[0]


def _distinct(articles: Iterable[Article], used: frozenset[str]) -> list[Article]:
    """Return each story once: among several forms of one the pinned, then the one published last stays."""
    known = set(used)
    found = []
    for article in sorted(articles, key=lambda article: (not article.pinned, *newest_first(article))):
        names = identities(article)
        if not names & known:
            found.append(article)
        known |= names
    return found


def _too_few(stories: Sequence[Article], newsletter: NewsletterSettings) -> str:
    least = max(newsletter.minimum_articles, 1)  # never an empty mail
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


def arranged(
    lead: Article, others: Sequence[Article], newsletter: NewsletterSettings
) -> tuple[tuple[SectionOfIssue, ...], tuple[Article, ...]]:
    """Return the sections that are printed, and the stories that found no room in one. The lead counts for its."""
    printed = []
    for section in newsletter.sections or _own_sections(others, newsletter.language):
        stories = [story for story in others if story.section == section.name]
        enough = len(stories) + (lead.section == section.name) >= section.minimum
        if enough and (shown := tuple(stories[: section.maximum])):
            printed.append(SectionOfIssue(section.name, section.title, shown))
    placed = {id(story) for section in printed for story in section.stories}
    return tuple(printed), tuple(story for story in others if id(story) not in placed)


def _own_sections(stories: Sequence[Article], language: str) -> tuple[SectionSettings, ...]:
    """Return the stories' own sections in order of appearance, for a newsletter that names none."""
    names = dict.fromkeys(story.section for story in stories)
    return tuple(SectionSettings(name, section_title(name, language)) for name in names)


def filed(article: Article, newsletter: NewsletterSettings) -> Article:
    """Return the article under the newsletter's name for its section, which a source may write as its title."""
    titles = {section.title.casefold(): section.name for section in newsletter.sections}
    names = titles | {section.name.casefold(): section.name for section in newsletter.sections}
    own = " ".join(article.section.casefold().split())
    wanted = names.get(own, own)
    return article if wanted == article.section else replace(article, section=wanted)


def _worth_again(
    archive: Sequence[Article], stories: Sequence[Article], newsletter: NewsletterSettings
) -> tuple[Article, ...]:
    sections = {story.section for story in stories}
    fitting = (old for old in (filed(old, newsletter) for old in archive) if old.section in sections)
    known = set().union(*map(identities, stories))
    offered: list[Article] = []
    for old in fitting:
        if len(offered) < MOST_ARCHIVE and not identities(old) & known:
            offered.append(old)
            known |= identities(old)
    return tuple(offered)
