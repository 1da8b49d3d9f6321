"""What a story's own page tells: JSON-LD first, then OpenGraph and other meta, then the page's markup.

Each of the three only fills what the one before left open. What stands inside a list of related stories never
counts as the story's own: its authors are other people's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup, Tag

from newsletter.articles.harvest import moment
from newsletter.articles.json_ld import read_json_ld
from newsletter.articles.markup import MAX_DEPTH, link, tidy
from newsletter.articles.pictures import choose_image
from newsletter.articles.sources.entries import count, people
from newsletter.domain.article import Image, RelatedLink

MAX_PAGE = 2_000_000  # characters of a page; what comes later is not looked at
_RELATED = (
    '[class*="related" i], [id*="related" i], [class*="read-more" i], [class*="readmore" i], '
    '[class*="recommend" i], [data-related]'
)
_BYLINE = '[itemprop="author"] [itemprop="name"], [itemprop="author"], [rel~="author"], .byline, .author'
_COMMENTARY = '#comments, .comments-area, .comment-list, [itemprop="comment"], [class~="comment" i]'
_COMMENTS = '[class*="comment-count" i], [class*="comments-count" i], [itemprop="commentCount"], .comments'
_CREDIT = '.credit, .photo-credit, [class*="credit" i], [itemprop="copyrightHolder"]'
_MAX_ARTICLES = 200  # of one page that are looked at
_MAX_RELATED = 10
_MAX_LINKS = 100  # of one list that are looked at
_NUMBER = re.compile(r"\d[\d.,\u202f\u00a0 ]*")
_AND = re.compile(r"\s*(?:,|;|\band\b|\bund\b|\bet\b|&)\s*")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of its story; what it does not say is empty, or None. Times are aware UTC, texts plain."""

    title: str = ""
    standfirst: str = ""
    section: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    comment_count: int | None = None
    related: tuple[RelatedLink, ...] = ()
    language: str = ""


def parse(html: bytes | str, url: str) -> Page:
    """Read a page that stands at `url`. A page nested deeper than any real one tells nothing."""
    text = html if isinstance(html, str) else _decoded(html)
    soup = BeautifulSoup(text[:MAX_PAGE], "lxml")
    if _is_too_deep(soup):
        return Page()
    told, meta = _from_json_ld(soup, url), _from_meta(soup, url)
    related = _taken(soup, url)
    page = _filled(_filled(told, meta), _from_markup(soup, url))
    return _filled(page, Page(related=related))


def _is_too_deep(soup: BeautifulSoup) -> bool:
    """Tell whether elements are nested deeper than MAX_DEPTH; the parser minds it less than what comes after."""
    level: list[Tag] = [soup]
    for _ in range(MAX_DEPTH):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
        if not level:
            return False
    return True


def _decoded(html: bytes) -> str:
    """Decode by the page's own declaration, as browsers do."""
    head = re.search(rb"""<meta[^>]{0,200}charset=["']?([\w-]{2,40})""", html[:4096], re.IGNORECASE)
    try:
        return html.decode(head[1].decode() if head else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return html.decode("utf-8", "replace")


def _filled(page: Page, other: Page) -> Page:
    """Return the page with what is missing taken from the other."""
    values: dict[str, Any] = {}
    for field in fields(Page):
        mine, theirs = getattr(page, field.name), getattr(other, field.name)
        values[field.name] = theirs if mine in ("", (), None) else mine
    values["image"] = choose_image(page.image, other.image)
    return Page(**values)


def _from_json_ld(soup: BeautifulSoup, url: str) -> Page:
    told = read_json_ld([tag.get_text() for tag in soup.find_all("script", type="application/ld+json")], url)
    return Page(**told)


def _from_meta(soup: BeautifulSoup, url: str) -> Page:
    meta: dict[str, list[str]] = {}
    for tag in soup.find_all("meta"):
        key = str(tag.get("property") or tag.get("name") or "").lower()
        meta.setdefault(key, []).append(tidy(str(tag.get("content") or "")))

    def first(*keys: str) -> str:
        return next((value for key in keys for value in meta.get(key, []) if value), "")

    authors = [name for name in meta.get("article:author") or meta.get("author", []) if "://" not in name]
    picture = link(url, first("og:image:secure_url", "og:image", "twitter:image"))
    size = [count(first(f"og:image:{side}")) for side in ("width", "height")]
    alt = first("og:image:alt", "twitter:image:alt")
    html = soup.find("html")
    return Page(
        title=first("og:title", "twitter:title"),
        standfirst=first("og:description", "description", "twitter:description"),
        section=first("article:section"),
        authors=people(authors),
        published=moment(first("article:published_time")),
        updated=moment(first("article:modified_time", "og:updated_time")),
        image=Image(picture, alt, width=size[0], height=size[1]) if picture else None,
        language=tidy(str(html.get("lang") or ""))[:20] if isinstance(html, Tag) else "",
    )


def _from_markup(soup: BeautifulSoup, url: str) -> Page:
    comment_count = _comment_count(soup)
    story = _story(soup)
    if story is None:
        return Page()
    stamp = story.find("time")
    return Page(
        title=_text(story.find("h1")),
        authors=_byline(story),
        published=moment(stamp.get("datetime")) if isinstance(stamp, Tag) else None,
        image=_figure(story, url),
        comment_count=comment_count,
    )


def _story(soup: BeautifulSoup) -> Tag | None:
    """Return the story's element, without what readers wrote and without the teasers in it.

    Of several articles it is the one with the headline: others are teasers, and their authors other people.
    """
    headed = _headed(soup)
    _remove(soup.select(_COMMENTARY), headed)
    found: list[Tag] = soup.find_all("article", limit=_MAX_ARTICLES)
    articles = [one for one in found if one.find_parent("article") is None]
    story = next((one for one in articles if id(one) in headed), None)
    if story is None and len(articles) > 1:
        story = max(articles, key=lambda one: len(one.get_text()))
    if story is None:
        return _tag(soup.find("main")) or _tag(soup.body)
    _remove(story.find_all("article"), headed)
    return story


def _tag(found: object) -> Tag | None:
    return found if isinstance(found, Tag) else None


def _remove(tags: Iterable[Tag], headed: set[int]) -> None:
    for tag in tags:
        if not _is_gone(tag) and id(tag) not in headed:
            tag.decompose()


def _is_gone(tag: Tag) -> bool:
    """Tell whether a tag went with one that held it; its `decomposed` would look through all it holds."""
    return tag.parent is None


def _figure(story: Tag, url: str) -> Image | None:
    figure = next((one for one in story.find_all("figure") if one.find("img")), None)
    picture = figure.find("img") if figure else None
    if figure is None or picture is None:
        return None
    address = link(url, str(picture.get("src") or picture.get("data-src") or ""))
    if not address:
        return None
    credit = figure.select_one(_CREDIT)
    credited = _text(credit.extract()) if credit else ""
    size = [count(picture.get(side)) for side in ("width", "height")]
    alt = tidy(str(picture.get("alt") or ""))
    return Image(address, alt, _text(figure.find("figcaption")), credited, size[0], size[1])


def _byline(story: Tag) -> tuple[str, ...]:
    for selector in _BYLINE.split(", "):
        found = [_text(one) for one in story.select(selector)[:10]]
        names = people(name for text in found if len(text) < 200 for name in _AND.split(_stripped(text)))
        if names:
            return names
    return ()


def _stripped(byline: str) -> str:
    """Take the "by" away; not "von" nor "di", which begin names as well."""
    return re.sub(r"^(?:by|par|por|door)\s+", "", byline, flags=re.IGNORECASE)


def _comment_count(soup: BeautifulSoup) -> int | None:
    for tag in soup.select(_COMMENTS)[:10]:
        number = _NUMBER.search(str(tag.get("content") or "") or _text(tag)[:60])
        if number:
            return count(re.sub(r"\D", "", number[0]))
    return None


def _taken(soup: BeautifulSoup, url: str) -> tuple[RelatedLink, ...]:
    """Take the lists of related stories and the asides out of the page; return at most ten such stories.

    What holds the headline is the story itself, whatever its class.
    """
    found: dict[str, RelatedLink] = {}
    headed = _headed(soup)
    related = {id(box) for box in soup.select(_RELATED)}
    for box in soup.select(f"{_RELATED}, aside"):
        if _is_gone(box) or id(box) in headed or box.name in {"html", "body"}:
            continue
        if id(box) in related:
            _add_related(box, url, found)
        box.decompose()
    return tuple(found.values())


def _headed(soup: BeautifulSoup) -> set[int]:
    """Return the identities of the elements that hold a headline."""
    held: set[int] = set()
    for headline in soup.find_all("h1"):
        for parent in headline.parents:
            if id(parent) in held:
                break
            held.add(id(parent))
    return held


def _add_related(box: Tag, url: str, found: dict[str, RelatedLink]) -> None:
    for anchor in box.find_all("a", href=True, limit=_MAX_LINKS):
        address, title = link(url, str(anchor["href"])), _text(anchor)
        if len(found) < _MAX_RELATED and address not in {"", url, *found} and len(title) > 10:
            found[address] = RelatedLink(title, address, _authors_beside(anchor))


def _authors_beside(anchor: Tag) -> tuple[str, ...]:
    item = anchor.find_parent(["li", "article"])
    names: Iterable[Tag] = item.select('.author, .byline, [itemprop="author"], [rel~="author"]') if item else ()
    return people(name for tag in names for name in _AND.split(_stripped(_text(tag))))


def _text(tag: Any) -> str:
    return tidy(tag.get_text(" ")) if tag is not None else ""
