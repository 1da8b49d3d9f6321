"""What a story's own page tells, and whose words are never taken for the story's."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.articles.page import Page, parse
from newsletter.domain.article import Image, RelatedLink
from tests.articles.samples import json_ld, page

URL = "https://ledger.example/city/seals"
STORY = {
    "@type": "NewsArticle",
    "url": URL,
    "headline": "Seals &amp; gulls",
    "description": "They are back.",
    "articleSection": ["City"],
    "datePublished": "2026-03-10T13:00:00+01:00",
    "author": [{"@type": "Person", "name": "Ada Moor"}, {"@id": "#bo"}],
    "image": [{"@type": "ImageObject", "url": "/seal.jpg", "caption": "Asleep", "creditText": "Cy Fen"}],
    "commentCount": 12,
}
RELATED = (
    '<aside class="related"><ul><li><a href="/city/gulls">Gulls are no guests</a> '
    '<span class="author" itemprop="author">Di Weir and Ed Lock</span></li></ul></aside>'
)


def test_json_ld_in_a_graph_with_references() -> None:
    graph = {
        "@graph": [{"@type": "WebSite", "name": "L"}, STORY, {"@id": "#bo", "@type": "Person", "name": "Bo Quay"}]
    }
    found = parse(page(json_ld(graph)), URL)
    assert (found.title, found.standfirst, found.section) == ("Seals & gulls", "They are back.", "City")
    assert found.authors == ("Ada Moor", "Bo Quay")
    assert found.published == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert found.image == Image("https://ledger.example/seal.jpg", "", "Asleep", "Cy Fen")
    assert (found.comment_count, found.language) == (12, "en")


def test_of_several_stories_the_pages_own_counts() -> None:
    other = {**STORY, "url": "https://ledger.example/other", "headline": "Other", "author": "Di Weir"}
    assert parse(page(json_ld([other, STORY])), URL).title == "Seals & gulls"
    assert parse(page(json_ld([other, {**other, "url": "/third"}])), URL).authors == ()


def test_opengraph_fills_what_json_ld_leaves_open() -> None:
    meta = (
        '<meta property="og:title" content="For sharing">'
        '<meta property="og:description" content="Shared &amp; liked">'
        '<meta property="og:image" content="https://ledger.example/seal.jpg?w=600">'
        '<meta property="og:image:alt" content="A seal"><meta name="author" content="Web Desk">'
    )
    story = {key: value for key, value in STORY.items() if key != "description"}
    found = parse(page(json_ld(story) + meta), URL)
    assert (found.title, found.standfirst) == ("Seals & gulls", "Shared & liked")
    assert found.authors[0] == "Ada Moor"
    assert found.image is not None
    assert (found.image.alt, found.image.caption) == ("A seal", "Asleep")


def test_the_markup_comes_last() -> None:
    body = (
        '<article><h1>Seals</h1><p class="byline">By Ada Moor and Bo Quay</p>'
        '<time datetime="2026-03-10T12:00:00Z">noon</time><figure><img src="/seal.jpg" alt="A seal" width="800">'
        '<figcaption>Asleep <span class="credit">Cy Fen</span></figcaption></figure></article>'
        f'<p class="comment-count">1,204 comments</p>{RELATED}'
    )
    found = parse(page(body=body), URL)
    assert (found.title, found.authors, found.comment_count) == ("Seals", ("Ada Moor", "Bo Quay"), 1204)
    assert found.image == Image("https://ledger.example/seal.jpg", "A seal", "Asleep", "Cy Fen", 800)
    assert found.published == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert found.related == (
        RelatedLink("Gulls are no guests", "https://ledger.example/city/gulls", ("Di Weir", "Ed Lock")),
    )


def test_the_author_of_a_related_story_is_not_the_storys() -> None:
    body = f"<article><h1>Seals</h1><p>They are back.</p>{RELATED}</article>"
    found = parse(page(body=body), URL)
    assert found.authors == ()
    assert found.related[0].authors == ("Di Weir", "Ed Lock")


def test_a_story_whose_wrapper_speaks_of_related_ones_stays_a_story() -> None:
    body = (
        f'<div class="has-related"><article><h1>Seals</h1><p class="byline">Ada Moor</p></article>{RELATED}</div>'
    )
    found = parse(page(body=body), URL)
    assert (found.title, found.authors, len(found.related)) == ("Seals", ("Ada Moor",), 1)


def test_pages_that_tell_nothing() -> None:
    broken = '<script type="application/ld+json">{"@type": "NewsArticle", </script>'
    assert parse("", URL) == Page()
    assert parse("<div>" * 5_000, URL) == Page()
    assert parse(b"\xff\xfe\x00", URL).title == ""
    assert parse(page(broken + json_ld([[], 3, {"@type": 7, "headline": {}}])), URL).title == ""


def test_a_date_without_a_time_is_not_taken() -> None:
    assert parse(page(json_ld({**STORY, "datePublished": "2026-03-10"})), URL).published is None
