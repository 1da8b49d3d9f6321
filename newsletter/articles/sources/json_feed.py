"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Its texts are plain, except `content_html`."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from newsletter.articles.harvest import moment
from newsletter.articles.sources.entries import Entry
from newsletter.domain.article import Image


def json_entries(feed: Any, url: str) -> Iterator[Entry]:
    """Yield the entries of a JSON Feed. Raises ValueError when it is none."""
    if not isinstance(feed, dict) or "items" not in feed:
        raise ValueError("no items")
    for item in _list(feed, "items"):
        if isinstance(item, dict):
            yield _entry(item, feed, url)


def _entry(item: dict[str, Any], feed: dict[str, Any], url: str) -> Entry:
    address = _text(item, "url") or _text(item, "external_url")
    picture = _text(item, "image") or _text(item, "banner_image")
    return Entry(
        guid=_text(item, "id") or address,
        url=address,
        title=_text(item, "title"),
        base=url,
        published=moment(item.get("date_published")) or moment(item.get("date_modified")),
        updated=moment(item.get("date_modified")),
        authors=_authors(item) or _authors(feed),
        categories=tuple(str(tag) for tag in _list(item, "tags")),
        summary=escape(_text(item, "summary")),
        body=_text(item, "content_html") or escape(_text(item, "content_text")),
        image=Image(picture) if picture else _attached(item),
        language=_text(item, "language") or _text(feed, "language"),
    )


def _attached(item: dict[str, Any]) -> Image | None:
    for one in _list(item, "attachments"):
        if isinstance(one, dict) and _text(one, "mime_type").startswith("image/") and _text(one, "url"):
            return Image(_text(one, "url"), alt=escape(_text(one, "title")))
    return None


def _authors(holder: dict[str, Any]) -> tuple[str, ...]:
    """Return the names; version 1 of the format had one `author` instead of a list."""
    people = [*_list(holder, "authors"), holder.get("author")]
    return tuple(_text(one, "name") for one in people if isinstance(one, dict))


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
