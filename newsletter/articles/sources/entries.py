"""One entry of a feed, whichever format it came in, and the article that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from newsletter.articles.harvest import Errand, Harvest, shown_since
from newsletter.articles.markup import link, plain, sanitise, text_of, tidy
from newsletter.domain.article import Article, Image

MAX_ENTRIES = 500
_LONGEST_STANDFIRST = 600  # characters; a longer summary is the story itself
_LONGEST_GUID = 400  # characters
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_APPEARED = re.compile(r"\s*The post .{1,300} (?:appeared first|first appeared) on .{1,200}$", re.DOTALL)
_ELLIPSIS = re.compile(r"\s*\[(?:…|\.\.\.)\]\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the feed has it. `summary` and `body` are HTML, `title` is text.

    Addresses may be relative to `base`; those inside of `body` to `content_base`, or else to the story's own.
    """

    guid: str
    url: str
    title: str
    base: str
    content_base: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    summary: str = ""
    body: str = ""
    image: Image | None = None
    comment_count: int | None = None
    language: str = ""


def harvest(entries: Iterable[Entry], errand: Errand) -> Harvest:
    """Make articles of a feed's entries; one without address or title is left out, and told of."""
    articles: dict[str, Article] = {}
    undated: set[str] = set()
    nameless = 0
    for entry in list(entries)[:MAX_ENTRIES]:
        made = article(entry, errand)
        if made is None:
            nameless += 1
            continue
        articles.setdefault(made.guid, made)
        if entry.published is None:
            undated.add(made.guid)
    dated = [one.published for one in articles.values() if one.guid not in undated]
    problems = (f"{nameless} of the entries have no address or no title.",) if nameless else ()
    return Harvest(tuple(articles.values()), frozenset(undated), shown_since(dated), problems=problems)


def article(entry: Entry, errand: Errand) -> Article | None:
    """Return the article of an entry; None where the address or the title is missing."""
    url, title = link(entry.base, entry.url or entry.guid), tidy(entry.title)
    if not url or not title:
        return None
    standfirst = summary_text(entry.summary)
    return Article(
        source=errand.source.name,
        guid=_guid(entry.guid) or url,
        url=url,
        title=title,
        published=entry.published or errand.now,
        section=errand.section(plain(name) for name in entry.categories),
        authors=people(entry.authors),
        updated=entry.updated,
        standfirst=standfirst,
        body_html=sanitise(entry.body or ("" if standfirst else entry.summary), entry.content_base or url),
        image=_absolute(entry.image, entry.base),
        comment_count=entry.comment_count,
        language=tidy(entry.language)[:20],
    )


def summary_text(html: str) -> str:
    """Return a summary as a standfirst: without a blog's footer, and not when it is the story itself."""
    text = _ELLIPSIS.sub("…", _APPEARED.sub("", text_of(html)))
    return text if len(text) <= _LONGEST_STANDFIRST else ""


def people(names: Iterable[str]) -> tuple[str, ...]:
    """Return authors' names, each once, without email addresses, in the order given."""
    return tuple(dict.fromkeys(name for name in map(_person, names) if name))[:20]


def count(value: object) -> int | None:
    """Return a number of comments, None where there is none."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _guid(text: str) -> str:
    """Return a guid that a database index takes."""
    guid = tidy(text)
    return guid if len(guid) <= _LONGEST_GUID else sha256(guid.encode()).hexdigest()


def _person(name: str) -> str:
    """Turn "ada@example.org (Ada Lovelace)", as RSS has it, into the name."""
    named = _ADDRESS.sub("", plain(name)).strip(" ()<>,")
    return named.removeprefix("By ").removeprefix("by ")[:200]


def _absolute(image: Image | None, base: str) -> Image | None:
    url = link(base, image.url) if image else ""
    if image is None or not url:
        return None
    return Image(url, text_of(image.alt), text_of(image.caption), text_of(image.credit), image.width, image.height)
