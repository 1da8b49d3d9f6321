"""RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1 with the media, content, Dublin Core and slash modules.

fastfeedparser reads what is well-formed; it keeps captions and credits. What it does not hand on (a second author,
the number of comments, xml:base, the kind of a title, a date without guessing) is read from the same document
beside it. A feed that is
not well-formed goes to feedparser, which loses a caption but seldom a story.
"""

from __future__ import annotations

import json
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import fastfeedparser
import feedparser
from lxml import etree

from newsletter.articles.fetch import Fetched, FetchError
from newsletter.articles.harvest import Errand, Harvest, SourceProblem, moment
from newsletter.articles.markup import is_too_deep, plain, text_of
from newsletter.articles.sources.entries import Entry, count, harvest
from newsletter.articles.sources.json_feed import json_entries
from newsletter.articles.sources.xml_extras import NONE, extras, language
from newsletter.domain.article import Image

_MAX_LOOSE = 4_000_000  # bytes of a malformed feed; feedparser takes its time over it


def read(errand: Errand) -> Harvest:
    """Fetch and read a feed. Raises SourceProblem when nothing can be read from it."""
    try:
        fetched = errand.fetcher.get(errand.source.url, etag=errand.etag, last_modified=errand.last_modified)
    except FetchError as error:
        raise SourceProblem(str(error)) from error
    if fetched.status == 304:
        return Harvest(unchanged=True, etag=errand.etag, last_modified=errand.last_modified)
    found = harvest(parse(fetched), errand)
    return Harvest(
        found.articles,
        found.undated,
        found.complete_since,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        problems=found.problems,
    )


def parse(fetched: Fetched) -> list[Entry]:
    """Return the entries of a feed in any of the formats. Raises SourceProblem."""
    body = fetched.body.strip()
    if body.startswith((b"{", b"\xef\xbb\xbf{")):
        return _parse_json(body, fetched.url)
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(body, parser, base_url=fetched.url)
    except (etree.XMLSyntaxError, ValueError):
        return _loose(body, fetched.url)
    return list(_strict(body, root, fetched.url)) or _loose(body, fetched.url)


def _parse_json(body: bytes, url: str) -> list[Entry]:
    try:
        return list(json_entries(json.loads(body.decode("utf-8-sig")), url))
    except (ValueError, RecursionError) as error:
        raise SourceProblem(f"{url} is not a JSON Feed.") from error


def _strict(body: bytes, root: Any, url: str) -> Iterator[Entry]:
    if b"<!ENTITY" in body:
        raise SourceProblem(f"{url} declares entities of its own, which no feed needs.")
    try:
        entries = fastfeedparser.parse(body).entries
    except Exception:  # noqa: BLE001 - whatever trips it, the other parser has its try
        return
    beside, tongue = extras(root), language(root)
    for entry in entries:
        key = str(entry.get("id") or entry.get("link") or "").strip()
        extra = beside.get(key, NONE)
        content = _content(entry)
        title = str(entry.get("title") or "")
        yield Entry(
            guid=key,
            url=str(entry.get("link") or ""),
            title=text_of(title) if extra.title_is_html else plain(title),
            base=extra.base or url,
            content_base=extra.base,
            published=extra.published,
            updated=moment(entry.get("updated")),
            authors=extra.creators or _names(entry),
            categories=_categories(entry),
            summary=str(entry.get("description") or ""),
            body=content,
            image=_image(entry),
            comment_count=extra.comment_count,
            language=tongue,
        )


def _loose(body: bytes, url: str) -> list[Entry]:
    if len(body) > _MAX_LOOSE or is_too_deep(body.decode("utf-8", "replace")):
        raise SourceProblem(f"{url} is not well-formed, and too large or too deeply nested to be mended.")
    parsed = feedparser.parse(
        BytesIO(body), response_headers={"content-location": url}, sanitize_html=False, resolve_relative_uris=True
    )
    if not parsed.get("version") and not parsed.entries:
        raise SourceProblem(f"{url} is not a feed: neither RSS nor Atom nor JSON Feed.")
    return [_mended(dict(entry), url, str(parsed.feed.get("language") or "")) for entry in parsed.entries]


def _mended(entry: dict[str, Any], url: str, tongue: str) -> Entry:
    is_html = (entry.get("title_detail") or {}).get("type") == "text/html"
    title = str(entry.get("title") or "")
    return Entry(
        guid=str(entry.get("id") or entry.get("link") or ""),
        url=str(entry.get("link") or ""),
        title=text_of(title) if is_html and "&" in title else plain(title),
        base=url,
        published=_utc(entry.get("published_parsed")) or _utc(entry.get("updated_parsed")),
        updated=_utc(entry.get("updated_parsed")),
        authors=_names(entry),
        categories=_categories(entry),
        summary=str(entry.get("summary") or ""),
        body=_content(entry),
        image=_image(entry),
        comment_count=count(entry.get("slash_comments")),
        language=tongue,
    )


def _utc(parsed: Any) -> datetime | None:
    """Turn feedparser's tuple, which is in UTC, into a moment."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    authors = entry.get("authors") or ()
    if len(authors) < 2:
        return (str(entry.get("author") or ""),)
    return tuple(str(author.get("name") or "") for author in authors)


def _categories(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ())


def _content(entry: Mapping[str, Any]) -> str:
    return max((str(part.get("value") or "") for part in entry.get("content") or ()), key=len, default="")


def _image(entry: Mapping[str, Any]) -> Image | None:
    """Return the widest picture of an entry: from media:content, else thumbnail, else enclosure."""
    media = [one for one in entry.get("media_content") or () if _is_picture(one)]
    if media:
        best = max(media, key=lambda one: _pixels(one.get("width")) or 0)
        alt, caption, credit = (str(best.get(key) or "") for key in ("title", "description", "credit"))
        width, height = _pixels(best.get("width")), _pixels(best.get("height"))
        return Image(str(best["url"]), alt, caption, credit, width, height)
    enclosed = [one for one in _enclosed(entry) if str(one.get("type") or "").startswith("image/")]
    urls = [one.get("url") or one.get("href") for one in [*(entry.get("media_thumbnail") or ()), *enclosed]]
    return next((Image(str(url)) for url in urls if url), None)


def _enclosed(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    linked = [one for one in entry.get("links") or () if one.get("rel") == "enclosure"]
    return [*(entry.get("enclosures") or ()), *linked]


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind, url = str(media.get("type") or ""), str(media.get("url") or "")
    if media.get("medium") or kind:
        return bool(url) and (media.get("medium") == "image" or kind.startswith("image/"))
    return url.lower().partition("?")[0].endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"))


def _pixels(value: object) -> int | None:
    return count(value) or None
