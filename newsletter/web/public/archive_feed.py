"""Past issues as RSS 2.0 and as a site map. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

_ATOM, _CONTENT = "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/modules/content/"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


@dataclass(frozen=True, slots=True)
class Entry:
    """An issue of the feed. `at` is aware; `html` is its whole text."""

    title: str
    url: str
    summary: str
    html: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """What the feed is of: `home` is the page it belongs to, `own` where it lies itself."""

    title: str
    about: str
    language: str
    home: str
    own: str


def feed_of(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """Return the feed (rssboard.org, RSS 2.0; content:encoded by its module's specification)."""
    ET.register_namespace("atom", _ATOM)
    ET.register_namespace("content", _CONTENT)
    root = ET.Element("rss", version="2.0")
    top = ET.SubElement(root, "channel")
    _told(top, "title", channel.title)
    _told(top, "link", channel.home)
    _told(top, "description", channel.about or channel.title)
    _told(top, "language", channel.language)
    ET.SubElement(top, f"{{{_ATOM}}}link", href=channel.own, rel="self", type="application/rss+xml")
    for entry in entries:
        item = ET.SubElement(top, "item")
        written = format_datetime(entry.at)
        parts = ("title", entry.title), ("link", entry.url), ("description", entry.summary), ("pubDate", written)
        for name, words in parts:
            _told(item, name, words)
        _told(item, f"{{{_CONTENT}}}encoded", entry.html)
        guid = ET.SubElement(item, "guid", isPermaLink="true")
        guid.text = entry.url
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def site_map(urls: Iterable[str]) -> bytes:
    """Return the site map (sitemaps.org, protocol 0.9)."""
    root = ET.Element("urlset", xmlns=_SITEMAP)
    for url in urls:
        _told(ET.SubElement(root, "url"), "loc", url)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _told(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, name).text = _NO_XML.sub("", words)
