"""By what a story is known again, even when its guid, address or headline changed. Pure."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from itertools import combinations
from urllib.parse import parse_qsl, urlencode, urlsplit

from newsletter.domain.article import Article

LEAST_BODY = 200  # characters; a shorter body is too often the same in two stories
_TAG = re.compile(r"<[^>]*>")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|msclkid|mc_cid|mc_eid|mtm_\w+|pk_\w+")


def identities(article: Article) -> frozenset[str]:
    """Return the story's names; two articles that share one are the same story.

    The guid within its source, the canonical address, and any two of headline, standfirst and body (where that is
    long enough). None of the three alone: a column may be called "Weather" every day, and every body may be the
    same invitation to subscribe.
    """
    names = set()
    if guid := _one_line(article.guid):
        names.add(f"guid:{_one_line(article.source)} {guid}")
    if url := canonical(article.url):
        names.add(f"url:{url}")
    texts = {"title": _normal(article.title), "standfirst": _normal(article.standfirst)}
    body = _normal(plain(article.body_html))
    texts["body"] = body if len(body) >= LEAST_BODY else ""
    for (first, one), (second, other) in combinations(texts.items(), 2):
        if one and other:
            names.add(f"{first}+{second}:{_digest(f'{one} | {other}')}")
    return frozenset(names)


def canonical(url: str) -> str:
    """Return the address without what does not choose the page.

    That is the scheme, the host's capitals, the closing slash, the fragment and the parameters that campaigns
    add; the remaining parameters are put in order. What can't be read as an address is its own name.
    """
    try:
        parts = urlsplit(_one_line(url))
    except ValueError:
        return _one_line(url)
    chosen = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    query = f"?{urlencode(sorted(chosen))}" if chosen else ""
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"


def plain(body_html: str) -> str:
    """Return the text of sanitised HTML, white space as it comes."""
    return html.unescape(_TAG.sub(" ", body_html))


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
