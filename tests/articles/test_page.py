"""What a story's own page tells, and whose words are never taken for the story's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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


TEASERS = "".join(
    f'<article class="card"><h2>Other {n}</h2><span class="byline">Di Weir</span></article>' for n in (1, 2)
)


@pytest.mark.parametrize(
    "body",
    [
        f'{TEASERS}<article><h1>Seals</h1><p class="byline">By Ada Moor</p></article>',
        f'<article><h1>Seals</h1>{TEASERS}<p class="byline">By Ada Moor</p></article>',
        f'<h1>Seals</h1>{TEASERS}<article><p class="byline">By Ada Moor</p>{"They are back. " * 9}</article>',
        '<main><h1>Seals</h1><p class="byline">By Ada Moor</p><article>They are back.</article></main>',
    ],
)
def test_the_authors_of_teasers_are_not_the_storys(body: str) -> None:
    assert parse(page(body=body), URL).authors == ("Ada Moor",)


def test_who_comments_on_a_story_is_not_its_author() -> None:
    comment = (
        '<li class="comment"><span class="author">Ed Lock</span> <time datetime="2026-03-10T13:00Z"></time></li>'
    )
    comments = f'<section id="comments"><h2 class="comments">2 comments</h2><ol>{comment * 2}</ol></section>'
    found = parse(page(body=f"<article><h1>Seals</h1><p>They are back.</p>{comments}</article>"), URL)
    assert (found.authors, found.published, found.comment_count) == ((), None, 2)


def test_the_account_of_a_picture_that_has_a_credit_wins() -> None:
    figure = (
        '<figure><img src="/seal-wide.jpg" alt="A seal"><figcaption>Asleep <i class="credit">Cy Fen</i>'
        "</figcaption></figure>"
    )
    found = parse(page(json_ld({**STORY, "image": ["/1x1.jpg"]}), f"<article><h1>S</h1>{figure}</article>"), URL)
    assert found.image == Image("https://ledger.example/seal-wide.jpg", "A seal", "Asleep", "Cy Fen")


def test_credits_and_comments_in_the_other_places_of_json_ld() -> None:
    counters = [
        {"interactionType": "https://schema.org/LikeAction", "userInteractionCount": 99},
        {"interactionType": {"@type": "https://schema.org/CommentAction"}, "userInteractionCount": "7"},
    ]
    picture = {"url": "/seal.jpg", "creator": {"@type": "Person", "name": "Cy Fen"}, "copyrightNotice": "Ledger"}
    story = {**STORY, "image": picture, "commentCount": None, "interactionStatistic": counters}
    found = parse(page(json_ld(story)), URL)
    assert found.comment_count == 7
    assert found.image == Image("https://ledger.example/seal.jpg", credit="Cy Fen")


def test_scripts_full_of_brackets_and_open_paragraphs_are_not_deep() -> None:
    script = "<script>" + "for(i=0;i<n;i++){a=>b}" * 1_500 + "</script>"
    assert parse(page(script, "<article><h1>Seals</h1>" + "<p>x" * 1_500), URL).title == "Seals"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("opening", ['<div class="related">', '<div class="comment">', "<article>"])
def test_a_page_of_boxes_in_boxes_is_read_in_bearable_time(opening: str) -> None:
    html = opening * 900 + '<a href="/b">One and the same story</a>' * 10_000
    assert len(parse(html, URL).related) <= 1
