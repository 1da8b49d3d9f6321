"""An editor's note: Markdown in, HTML for the mail and plain text out. It can hold text and links, no more.

Pictures are left out, raw HTML stays text, and addresses are http, https or mailto.
"""

from __future__ import annotations

import re
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from newsletter.domain.letter import clean
from newsletter.rendering.text import fill

_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote"}
_SCHEMES = {"http", "https", "mailto"}
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_BLOCK = re.compile(r"<(p|li|blockquote)\b[^>]*>(.*?)(?=<(?:p|li|blockquote|/p|/li|/blockquote)\b)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


def note_html(markdown: str) -> Markup:
    """Return the note as HTML: paragraphs, emphasis, links, lists, quotations."""
    rendered = _MARKDOWN.render(_cleaned(markdown))
    safe = nh3.clean(rendered, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=None)
    return Markup(safe.strip())  # noqa: S704 - nh3 made it so


def note_text(markdown: str) -> str:
    """Return the note as plain text, filled, a link's address behind its words."""
    blocks = (
        ("* " if found[1] == "li" else "", " ".join(_plain(found[2]).split()))
        for found in _BLOCK.finditer(note_html(markdown))
    )
    return "\n\n".join(fill(mark + words, hanging=" " * len(mark)) for mark, words in blocks if words)


def _plain(html: str) -> str:
    linked = _LINK.sub(lambda found: _beside(found[2], found[1]), html)
    return unescape(re.sub(r"<[^>]*>", "", linked.replace("<br>", " ")))


def _beside(words: str, address: str) -> str:
    return words if words == address else f"{words} ({address.removeprefix('mailto:')})"


def _cleaned(markdown: str) -> str:
    return "\n".join(clean(line) for line in markdown.splitlines())
