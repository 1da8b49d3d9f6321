"""Other people's markup: made safe, made short, or made plain text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3

MAX_BODY = 200_000  # characters of one body; a story longer than that is no story
MAX_TEXT = 5_000  # characters of a title, a standfirst or a caption
MAX_URL = 2_000  # bytes of an address; a database index takes no longer ones
MAX_DEPTH = 1_000  # elements open at once; the time to read them grows with its square
MAX_OPENED = 500_000  # open elements, added up over all tags of one body
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_SELF_CLOSING = frozenset({"p", "li", "dt", "dd", "td", "th", "tr", "option"})  # HTML lets their end tags go
_DROPPED = {"script", "style", "noscript", "template", "title", "head", "iframe", "object", "svg", "math"}
_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "nav", "center", "tt", "details", "summary"}
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/li|/h[1-6]|/tr|/td|/blockquote|/figcaption)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]*)[^<>]*?(/?)>")
_BEGIN = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_INLINE = re.compile(r"</?(?:a|abbr|b|bdi|br|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?/?>")


def sanitise(html: str, base: str = "") -> str:
    """Return HTML that carries no script, style, form or frame, its links made absolute against `base`.

    Nothing is returned for markup that is nested deeper than any story.
    """
    html = _encodable(html[:MAX_BODY])
    if _is_monstrous(html):
        return ""
    try:
        return _clean(html, ("rewrite_with_base", base) if is_web(base) else "deny")
    except ValueError:  # a host that passes for one in Python and not with nh3
        return _clean(html, "deny")


def text_of(html: str) -> str:
    """Return the text of HTML on one line; `&lt;b&gt;` in it stays text."""
    html = _encodable(html[:MAX_BODY])
    if _is_monstrous(html):
        return ""
    return tidy(unescape(nh3.clean(_BREAK.sub(r" \g<0>", html), tags=set(), clean_content_tags=_DROPPED)))


def plain(text: str) -> str:
    """Return what is meant by a field that should be plain text but often has references or emphasis in it.

    `<script>` is then something that a headline says, not something that it does: it stays.
    """
    return tidy(unescape(_INLINE.sub("", text[: MAX_TEXT * 2])))


def tidy(text: str) -> str:
    """Return text on one line, without control characters, within MAX_TEXT."""
    visible = "".join(character if character.isprintable() else _stand_in(character) for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1].rstrip() + "…"


def is_too_deep(markup: str) -> bool:
    """Tell whether more elements of an XML document are open at once than MAX_DEPTH."""
    depth = 0
    for closing, name, empty in _TAG.findall(markup):
        if empty or name.lower() in _VOID:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def link(base: str, url: str) -> str:
    """Return an absolute http or https address, or nothing."""
    if not url.strip():
        return ""
    try:
        absolute = urljoin(base, url.strip().replace(" ", "%20"))
    except ValueError:
        return ""
    return absolute if is_web(absolute) else ""


def is_web(url: str) -> bool:
    """Tell whether this is an absolute http or https address that fits on one line and into an index."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not url.isprintable() or " " in url or len(url.encode()) > MAX_URL:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_monstrous(html: str) -> bool:
    """Tell whether HTML is nested, or could be blown up, beyond what any story is.

    A browser's parser opens emphasis that was not ended again in every paragraph that follows, so 200 KB can
    become gigabytes.
    """
    total = 0
    for depth in _depths(html):
        total += depth
        if depth > MAX_DEPTH or total > MAX_OPENED:
            return True
    return False


def _depths(html: str) -> Iterator[int]:
    """Yield how many elements are open after each tag, at most.

    An end tag without a beginning ends nothing, and in HTML "/>" does not either. Elements that end where the
    next begins don't count: they are no deeper than the others let them be.
    """
    opened: Counter[str] = Counter()
    depth = 0
    for tag in _BEGIN.finditer(html):
        name = tag[2].lower()
        if tag[1] and opened[name]:
            opened[name] -= 1
            depth -= 1
        elif not tag[1] and name not in _VOID | _SELF_CLOSING:
            opened[name] += 1
            depth += 1
        yield depth


def _clean(html: str, relative: Any) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,
    )
    return cleaned.strip() if len(cleaned) <= 2 * MAX_BODY else ""


def _encodable(html: str) -> str:
    """Drop what no database keeps: NUL, and halves of characters as JSON can spell them."""
    return html.replace("\0", "").encode("utf-8", "replace").decode()


def _stand_in(character: str) -> str:
    """Keep the joiners and marks that scripts and emoji need; everything else unprintable is a space."""
    return character if character in "\u200c\u200d\u200e\u200f\u00ad" else " "
