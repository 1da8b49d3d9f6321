"""What stands in an RSS or Atom document and no parser hands on, by the entry's guid or address.

Elements are known by their local names: feeds put them into old and odd namespaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.articles.sources.dates import entry_moment
from newsletter.articles.sources.entries import count

_ATOM = "{http://www.w3.org/2005/Atom}"
_CREATORS = ("{http://purl.org/dc/elements/1.1/}creator", f"{_ATOM}author/{_ATOM}name")
_COMMENTS = ("{http://purl.org/rss/1.0/modules/slash/}comments", "{http://purl.org/syndication/thread/1.0}total")
_DATES = ("pubDate", "published", "date", "issued", "created", "updated", "modified")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Extra:
    """What an entry says beside what its parser keeps. `base` is its absolute xml:base, if it has any."""

    creators: tuple[str, ...] = ()
    published: datetime | None = None
    comment_count: int | None = None
    title_is_html: bool = False
    base: str = ""


NONE = Extra()


def extras(root: Any) -> dict[str, Extra]:
    """Return the extras of each entry."""
    found: dict[str, Extra] = {}
    for entry in root.iter("{*}item", "{*}entry"):
        for key in _keys(entry):
            found.setdefault(key, _extra(entry))
    return found


def language(root: Any) -> str:
    """Return the feed's language tag, or nothing."""
    return (root.findtext("channel/language") or root.get(_LANG) or "").strip()


def _extra(entry: Any) -> Extra:
    title = entry.find(f"{_ATOM}title")
    dates = (entry_moment(text) for name in _DATES for text in _texts(entry, name))
    comments = (count(entry.findtext(name) or "") for name in _COMMENTS)
    return Extra(
        creators=tuple(one.text.strip() for name in _CREATORS for one in entry.findall(name) if one.text),
        published=next((date for date in dates if date is not None), None),
        comment_count=next((number for number in comments if number is not None), None),
        title_is_html=title is not None and title.get("type") in {"html", "xhtml"},
        base=base if (base := entry.base or "") != (entry.getroottree().docinfo.URL or "") else "",
    )


def _keys(entry: Any) -> Iterator[str]:
    texts = [text for name in ("guid", "id", "link") for text in _texts(entry, name)]
    links = [one.get("href") or "" for one in entry.findall("{*}link")]
    return (key.strip() for key in [*texts, *links] if key.strip())


def _texts(entry: Any, name: str) -> list[str]:
    return [one.text for one in entry.findall(f"{{*}}{name}") if one.text]
