"""A story in a page's JSON-LD (schema.org NewsArticle): alone, in a list, or in an @graph."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from newsletter.articles.harvest import moment
from newsletter.articles.markup import link, plain
from newsletter.articles.sources.entries import count, people
from newsletter.domain.article import Image

_STORIES = {"newsarticle", "article", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
            "backgroundnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting", "report"}  # fmt: skip


def read_json_ld(scripts: Iterable[str], url: str) -> dict[str, Any]:
    """Return what the page's first story says, named like the fields of a page."""
    nodes = [node for script in scripts for node in _nodes(_loaded(script))]
    by_id = {str(node.get("@id")): node for node in nodes if "@id" in node and len(node) > 1}
    stories = [node for node in nodes if _kinds(node) & _STORIES and node.get("headline")]
    story = next((node for node in stories if _is_of(node, url)), stories[0] if len(stories) == 1 else None)
    return {} if story is None else _story(story, by_id, url)


def _story(story: dict[str, Any], by_id: dict[str, dict[str, Any]], url: str) -> dict[str, Any]:
    return {
        "title": _text(story.get("headline")),
        "standfirst": _text(story.get("description")),
        "section": next((_text(name) for name in _list(story.get("articleSection"))), ""),
        "authors": people(_names(story.get("author"), by_id)),
        "published": moment(story.get("datePublished")),
        "updated": moment(story.get("dateModified")),
        "image": _image(story.get("image"), by_id, url),
        "comment_count": _comments(story),
        "language": _text(story.get("inLanguage"))[:20],
    }


def _loaded(script: str) -> Any:
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects at the top, those of lists and those of an @graph; not those that an object mentions."""
    for one in _list(value):
        if isinstance(one, dict):
            yield one
            yield from (node for node in _list(one.get("@graph")) if isinstance(node, dict))


def _kinds(node: dict[str, Any]) -> set[str]:
    return {str(kind).rpartition("/")[2].lower() for kind in _list(node.get("@type"))}


def _is_of(node: dict[str, Any], url: str) -> bool:
    page = node.get("mainEntityOfPage")
    ids = (page.get("@id") if isinstance(page, dict) else page, node.get("url"), node.get("@id"))
    return any(link(url, str(one or "")).partition("#")[0] == url.partition("#")[0] for one in ids if one)


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    for one in _list(value):
        person = _resolved(one, by_id)
        yield _text(person.get("name") if isinstance(person, dict) else person)


def _image(value: Any, by_id: dict[str, dict[str, Any]], url: str) -> Image | None:
    for one in _list(value):
        image = _resolved(one, by_id)
        fields = image if isinstance(image, dict) else {"url": image}
        address = link(url, _text(fields.get("url") or fields.get("contentUrl")))
        if address:
            words = (
                _text(fields.get("description")),
                _text(fields.get("caption")),
                _credit(fields, by_id),
            )
            return Image(address, *words, count(fields.get("width")), count(fields.get("height")))
    return None


def _credit(image: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> str:
    """Return the credit line of a picture, else who made it, else who holds the rights."""
    makers = ", ".join(people(_names(image.get("creator"), by_id)))
    return _text(image.get("creditText")) or makers or _text(image.get("copyrightNotice"))


def _comments(story: dict[str, Any]) -> int | None:
    """Return the number of comments, which stands in one of two places."""
    told = count(story.get("commentCount"))
    counters = [one for one in _list(story.get("interactionStatistic")) if isinstance(one, dict)]
    kinds = ((one, one.get("interactionType")) for one in counters)
    counted = (one.get("userInteractionCount") for one, kind in kinds if "CommentAction" in str(kind))
    return next(map(count, counted), None) if told is None else told


def _resolved(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    """Follow a reference to another object of the page."""
    is_reference = isinstance(value, dict) and value.keys() == {"@id"}
    return by_id.get(str(value["@id"]), value) if is_reference else value


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return plain(value) if isinstance(value, str) else ""
