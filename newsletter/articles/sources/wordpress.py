"""WordPress through its REST API: `/wp-json/wp/v2/posts?_embed`, a page of 100 posts at a time.

https://developer.wordpress.org/rest-api/reference/posts/. The `*_gmt` fields are UTC without saying so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlencode

from newsletter.articles.fetch import Fetched, FetchError
from newsletter.articles.harvest import Errand, Harvest, SourceProblem, moment
from newsletter.articles.markup import text_of
from newsletter.articles.sources.entries import Entry, article, count
from newsletter.domain.article import Article, Image

MAX_PAGES = 10
REACH = timedelta(days=7)  # how far back posts are asked for
_PER_PAGE = 100
_EMBEDDED_REPLIES = 10  # WordPress embeds no more comments than that, however many there are
_MAX_COUNTED = 20  # posts whose comments are counted by a request of their own


def read(errand: Errand) -> Harvest:
    """Read the posts of the last week. Raises SourceProblem when a page of them can't be read."""
    posts, is_whole = _posts(errand)
    made = [(post, article(_entry(post), errand)) for post in posts if not _is_locked(post)]
    articles = [replace(one, pinned=post.get("sticky") is True) for post, one in made if one is not None]
    oldest = min((one.published for one in articles), default=None)
    return Harvest(
        tuple(_counted(articles, posts, errand)),
        undated=frozenset(one.guid for one in articles if one.published == errand.now),
        complete_since=errand.now - REACH if is_whole else oldest,
        problems=_nameless(sum(one is None for _, one in made)),
    )


def _posts(errand: Errand) -> tuple[list[dict[str, Any]], bool]:
    """Return the posts, and whether these are all of them."""
    posts: list[dict[str, Any]] = []
    pages = number = 1
    while number <= min(pages, MAX_PAGES):
        fetched = _page(errand, number)
        posts += _rows(fetched)
        pages = count(fetched.headers.get("x-wp-totalpages")) or 1
        number += 1
    return posts, pages <= MAX_PAGES


def _page(errand: Errand, number: int) -> Fetched:
    after = (errand.now - REACH).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = {"_embed": "1", "after": after, "per_page": _PER_PAGE, "page": number, "orderby": "date"}
    try:
        return errand.fetcher.get(f"{_api(errand)}/posts?{urlencode(query)}")
    except FetchError as error:
        raise SourceProblem(str(error)) from error


def _rows(fetched: Fetched) -> list[dict[str, Any]]:
    try:
        rows = json.loads(fetched.body)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        raise SourceProblem(f"{fetched.url} is not a list of posts; is the REST API of this site switched off?")
    return [row for row in rows if isinstance(row, dict)]


def _entry(post: dict[str, Any]) -> Entry:
    embedded = _dict(post.get("_embedded"))
    published = moment(post.get("date_gmt"))
    updated = moment(post.get("modified_gmt"))
    return Entry(
        guid=_guid(post),
        url=_text(post.get("link")),
        title=text_of(_rendered(post, "title")),
        base=_text(post.get("link")),
        published=published,
        updated=updated if updated != published else None,
        authors=tuple(_text(one.get("name")) for one in _dicts(embedded.get("author"))),
        categories=_categories(embedded),
        summary=_rendered(post, "excerpt"),
        body=_rendered(post, "content"),
        image=next(
            (_image(one) for one in _dicts(embedded.get("wp:featuredmedia")) if one.get("source_url")), None
        ),
        comment_count=_replies(post, embedded),
    )


def _image(media: dict[str, Any]) -> Image:
    details = _dict(media.get("media_details"))
    credit = _text(_dict(details.get("image_meta")).get("credit"))
    return Image(
        _text(media.get("source_url")),
        _text(media.get("alt_text")),
        _rendered(media, "caption"),
        credit,
        count(details.get("width")),
        count(details.get("height")),
    )


def _categories(embedded: dict[str, Any]) -> tuple[str, ...]:
    terms = [term for group in _list(embedded.get("wp:term")) for term in _dicts(group)]
    return tuple(_text(term.get("name")) for term in terms if term.get("taxonomy") == "category")


def _replies(post: dict[str, Any], embedded: dict[str, Any]) -> int | None:
    """Return how many comments are told or embedded; None where the post takes none and has none."""
    told = count(post.get("comment_count"))
    if told is not None:
        return told
    replies = [reply for group in _list(embedded.get("replies")) for reply in _dicts(group)]
    return len(replies) if replies or post.get("comment_status") == "open" else None


def _counted(articles: list[Article], posts: list[dict[str, Any]], errand: Errand) -> list[Article]:
    """Ask for the true number of comments where the embedded ones were cut off."""
    ids = {_guid(post): count(post.get("id")) for post in posts if count(post.get("comment_count")) is None}
    cut = [one for one in articles if (one.comment_count or 0) >= _EMBEDDED_REPLIES and ids.get(one.guid)]
    asked = {one.guid: _comments(ids[one.guid], errand) for one in cut[:_MAX_COUNTED]}
    return [replace(one, comment_count=asked.get(one.guid) or one.comment_count) for one in articles]


def _comments(post: int | None, errand: Errand) -> int | None:
    query = urlencode({"post": post, "per_page": 1, "_fields": "id"})
    try:
        return count(errand.fetcher.get(f"{_api(errand)}/comments?{query}").headers.get("x-wp-total"))
    except FetchError:
        return None


def _api(errand: Errand) -> str:
    site = errand.source.url.rstrip("/")
    return site if site.endswith("/wp-json/wp/v2") else f"{site.removesuffix('/wp-json')}/wp-json/wp/v2"


def _guid(post: dict[str, Any]) -> str:
    return _rendered(post, "guid") or f"post-{post.get('id')}"


def _is_locked(post: dict[str, Any]) -> bool:
    """Tell whether a post asks its readers for a password."""
    return _dict(post.get("content")).get("protected") is True


def _nameless(number: int) -> tuple[str, ...]:
    return (f"{number} of the posts have no address or no title.",) if number else ()


def _rendered(holder: dict[str, Any], key: str) -> str:
    return _text(_dict(holder.get(key)).get("rendered"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
