"""A stored selection read back as a draft, and a draft laid out in places to be stored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, SectionOfIssue
from newsletter.issues.words import preheader, section_title, subject
from newsletter.settings import NewsletterSettings


@dataclass(frozen=True, slots=True)
class Placed:
    """A story and where the selection put it: its role and the newsletter's name for its section."""

    role: str
    section: str
    article: Article


class NothingLeft(Exception):
    """No story of the issue can be carried any more: each was withdrawn, put off, or sent by another issue."""


def laid_out(draft: IssueDraft) -> list[Placed]:
    """Return the draft's stories with their places, in reading order, the archive last."""
    shown = [("section", story) for section in draft.sections for story in section.stories]
    also = [("also", story) for story in draft.also]
    archive = [("archive", story) for story in draft.archive]
    return [Placed(role, story.section, story) for role, story in [("lead", draft.lead), *shown, *also, *archive]]


def read_back(
    placed: Sequence[Placed],
    newsletter: NewsletterSettings,
    day: date,
    window: tuple[datetime, datetime],
) -> IssueDraft:
    """Return the draft of what is left. Where the lead is gone the next story leads. Raises NothingLeft."""
    stories = [(one.role, replace(one.article, section=one.section)) for one in placed]
    today = [story for role, story in stories if role != "archive"]
    if not today:
        raise NothingLeft(
            f"Nothing is left of the {newsletter.slug} issue of {day:%-d %B %Y}: "
            "each of its stories was withdrawn, put off or sent by another issue."
        )
    lead = today[0]
    return IssueDraft(
        newsletter=newsletter.slug,
        date=day,
        subject=subject(lead, len(today) - 1, newsletter.language),
        preheader=preheader(today),
        lead=lead,
        sections=_sections(
            [story for role, story in stories if role == "section" and story is not lead], newsletter
        ),
        also=tuple(story for role, story in stories if role == "also" and story is not lead),
        archive=tuple(story for role, story in stories if role == "archive"),
        window_start=window[0],
        window_end=window[1],
        language=newsletter.language,
    )


def _sections(stories: Sequence[Article], newsletter: NewsletterSettings) -> tuple[SectionOfIssue, ...]:
    titles = {section.name: section.title for section in newsletter.sections}
    names = dict.fromkeys(story.section for story in stories)
    return tuple(
        SectionOfIssue(
            name,
            titles.get(name) or section_title(name, newsletter.language),
            tuple(story for story in stories if story.section == name),
        )
        for name in names
    )
