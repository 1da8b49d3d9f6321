"""By what a story is known again, even when its guid, address or headline changed. Pure."""

from __future__ import annotations

import hashlib
import html
import re

from newsletter.domain.article import Article

LEAST_BODY = 200  # characters; a shorter body is too often the same in two stories
_TAG = re.compile(r"<[^>]*>")


def identities(article: Article) -> frozenset[str]:
    """Return the story's names; two articles that share one are the same story.

    The guid within its source, the address, headline with standfirst, and the body where it is long enough. A
    headline alone is no name: a column may be called "Weather" every day.
    """
    names = {f"guid:{_one_line(article.source)} {_one_line(article.guid)}", f"url:{_one_line(article.url)}"}
    title, standfirst, body = map(_normal, (article.title, article.standfirst, plain(article.body_html)))
    if standfirst:
        names.add(f"text:{_digest(f'{title} {standfirst}')}")
    if len(body) >= LEAST_BODY:
        names.add(f"body:{_digest(body)}")
    return frozenset(names)


def plain(body_html: str) -> str:
    """Return the text of sanitised HTML, white space as it comes."""
    return html.unescape(_TAG.sub(" ", body_html))


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
