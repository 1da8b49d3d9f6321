"""Today's edition of The Harbour Ledger: the stories in `stories/`, dated so that they are always of today.

Each file is Markdown with front matter. `hours_ago`, `updated_hours_ago` or `days_ago` count back from the moment
the edition is opened; `related` names other stories by file name. Everything in them is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import frontmatter
from markdown_it import MarkdownIt

STORIES = Path(__file__).parent / "stories"
_MARKDOWN = MarkdownIt("commonmark", {"typographer": True}).enable(["replacements", "smartquotes"])


@dataclass(frozen=True, slots=True)
class Picture:
    """A story's picture. `name` is a scene of `newsletter.demo.pictures`."""

    name: str
    alt: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as the newsroom prints it. Times are aware UTC; `related` are slugs of other stories."""

    slug: str
    section: str
    title: str
    standfirst: str
    authors: tuple[str, ...]
    published: datetime
    updated: datetime | None
    body_html: str
    picture: Picture | None
    comments: int
    related: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where the story stands on the site."""
        return f"/{self.section}/{self.slug}"

    @property
    def guid(self) -> str:
        """The story's name for ever, whatever port the demo runs on."""
        return f"tag:ledger.example,2026:{self.slug}"

    @property
    def changed(self) -> datetime:
        """When it was last touched."""
        return self.updated or self.published


def open_edition(now: datetime, folder: Path = STORIES) -> tuple[Story, ...]:
    """Return every story of the folder, newest first, dated back from `now` (aware UTC, cut to the minute)."""
    minute = now.replace(second=0, microsecond=0)
    stories = [_story(path, minute) for path in sorted(folder.glob("*.md"))]
    return tuple(sorted(stories, key=lambda story: story.published, reverse=True))


def _story(path: Path, now: datetime) -> Story:
    post = frontmatter.load(str(path))
    meta: Mapping[str, Any] = post.metadata
    updated = meta.get("updated_hours_ago")
    return Story(
        slug=path.stem,
        section=meta["section"],
        title=meta["title"],
        standfirst=meta["standfirst"],
        authors=tuple(meta["authors"]),
        published=now - timedelta(days=meta.get("days_ago", 0), hours=meta.get("hours_ago", 0)),
        updated=now - timedelta(hours=updated) if updated is not None else None,
        body_html=_MARKDOWN.render(post.content),
        picture=_picture(meta),
        comments=meta.get("comments", 0),
        related=tuple(meta.get("related", ())),
    )


def _picture(meta: Mapping[str, Any]) -> Picture | None:
    if "picture" not in meta:
        return None
    return Picture(meta["picture"], meta["alt"], meta["caption"], meta["credit"])
