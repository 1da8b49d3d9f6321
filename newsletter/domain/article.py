"""One story, as every source hands it over and every template sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with what must stand beside it. `width` and `height` are CSS pixels, None when unknown."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class RelatedLink:
    """Another story that the article's own page points to."""

    title: str
    url: str
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One story from one source. Every text is plain text, except `body_html`, which is sanitised HTML.

    `id` is the store's key and None before the article is stored; `first_seen` likewise. `published`,
    `updated` and `first_seen` are aware UTC. `section` is a section's name as the source writes it, in
    lower case. `comment_count` is None where the newsroom does not tell.
    """

    source: str
    guid: str
    url: str
    title: str
    published: datetime
    section: str = ""
    authors: tuple[str, ...] = ()
    updated: datetime | None = None
    standfirst: str = ""
    body_html: str = ""
    image: Image | None = None
    comment_count: int | None = None
    related: tuple[RelatedLink, ...] = ()
    language: str = ""
    pinned: bool = False
    id: int | None = None
    first_seen: datetime | None = None
