"""The stories of an issue as an editor checks them: where each stands, who wrote it, what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.articles.tables import ArticleRow
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.settings import NewsletterSettings

_ALSO, _ARCHIVE = "Also today", "From the archive"


@dataclass(frozen=True, slots=True)
class Story:
    """One story in its place. `published_at` is aware UTC; `notes` are what an editor should look at."""

    place: str
    title: str
    url: str
    authors: str
    published_at: dt.datetime
    image: str
    alt: str
    notes: tuple[str, ...]


def stories(session: Session, issue: IssueRow, newsletter: NewsletterSettings | None) -> list[Story]:
    """Return the issue's stories in reading order."""
    titles = {section.name: section.title for section in newsletter.sections} if newsletter else {}
    found = session.execute(
        select(IssueStory, ArticleRow)
        .join(ArticleRow, ArticleRow.id == IssueStory.article_id)
        .where(IssueStory.issue_id == issue.id)
        .order_by(IssueStory.position)
    )
    return [_story(story, article, titles) for story, article in found]


def _story(story: IssueStory, article: ArticleRow, titles: Mapping[str, str]) -> Story:
    image = article.image or {}
    return Story(
        place=_place(story, article, titles),
        title=article.title,
        url=article.url,
        authors=", ".join(article.authors),
        published_at=article.published_at,
        image=str(image.get("url") or ""),
        alt=str(image.get("alt") or ""),
        notes=tuple(_notes(story, article, image)),
    )


def _place(story: IssueStory, article: ArticleRow, titles: Mapping[str, str]) -> str:
    section = story.section or article.section
    words = {"lead": "Lead", "also": _ALSO, "archive": _ARCHIVE}
    return words.get(story.role) or titles.get(section) or section


def _notes(story: IssueStory, article: ArticleRow, image: Mapping[str, Any]) -> list[str]:
    with_picture = story.role in {"lead", "section"}
    checks = {
        "withdrawn at the source": article.withdrawn_at is not None,
        "no picture": with_picture and not image.get("url"),
        "picture without description (alt)": with_picture and bool(image.get("url")) and not image.get("alt"),
        "picture without credit": with_picture and bool(image.get("url")) and not image.get("credit"),
        "no author": with_picture and not article.authors,
        "no standfirst": with_picture and not article.standfirst,
    }
    return [note for note, is_so in checks.items() if is_so]
