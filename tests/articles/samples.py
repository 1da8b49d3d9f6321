"""Feeds and pages of an invented newspaper, as its server would send them."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime
from html import escape

from tests.articles.server import Answer

RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>The Harbour Ledger</title>'
    "<link>https://ledger.example/</link><description>News</description><language>en</language>"
)


def item(guid: str, title: str, published: datetime | None, *, url: str = "", more: str = "") -> str:
    date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
    address = url or f"/city/{guid}"
    return (
        f'<item><title>{escape(title)}</title><link>{address}</link><guid isPermaLink="false">{guid}</guid>'
        f"{date}{more}</item>"
    )


def rss(*items: str, etag: str = "") -> Answer:
    headers = {"Content-Type": "application/rss+xml", **({"ETag": etag} if etag else {})}
    return Answer(RSS + "".join(items) + "</channel></rss>", headers=headers)


def page(head: str = "", body: str = "") -> str:
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def json_ld(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'
