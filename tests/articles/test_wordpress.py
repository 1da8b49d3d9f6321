"""A WordPress site, as its REST API answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from newsletter.articles.fetch import Fetcher
from newsletter.articles.harvest import Errand, Harvest, SourceProblem
from newsletter.articles.sources import wordpress
from newsletter.domain.article import Image
from newsletter.settings import SourceSettings
from tests.articles.server import Answer, Asked, Site

NOW = datetime(2026, 3, 10, 16, tzinfo=UTC)


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": "2026-03-10T12:00:00",
        "modified_gmt": "2026-03-10T12:00:00",
        "guid": {"rendered": f"https://ledger.example/?p={number}"},
        "link": f"https://ledger.example/{number}",
        "title": {"rendered": f"Story &#8217;{number} <em>&lt;b&gt;</em>"},
        "excerpt": {"rendered": "<p>Seals [&hellip;]</p>"},
        "content": {"rendered": "<p>Long.</p>", "protected": False},
        **more,
    }


class WordPress:
    """Answers like the API: so many posts a page, and the number of pages in a header."""

    def __init__(self, posts: list[dict[str, Any]], per_page: int = 100) -> None:
        self.posts, self.per_page, self.queries = posts, per_page, list[dict[str, list[str]]]()

    def __call__(self, asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query, keep_blank_values=True)
        if "/comments?" in asked.path:
            return Answer("[]", headers={"X-WP-Total": "41"})
        self.queries.append(query)
        start = (int(query["page"][0]) - 1) * self.per_page
        pages = -(-len(self.posts) // self.per_page)
        return Answer(
            json.dumps(self.posts[start : start + self.per_page]), headers={"X-WP-TotalPages": str(pages)}
        )


def harvested(site: Site, fetcher: Fetcher, blog: WordPress) -> Harvest:
    site.fallback = blog
    return wordpress.read(Errand(SourceSettings("blog", "wordpress", url=site.base), fetcher, NOW))


def test_a_post_with_everything(site: Site, fetcher: Fetcher) -> None:
    media = {
        "source_url": "https://ledger.example/s.jpg",
        "alt_text": "A seal",
        "caption": {"rendered": "<p>Asleep &amp; fed</p>"},
        "media_details": {"width": 800, "height": 600, "image_meta": {"credit": "Cy Fen"}},
    }
    terms = [[{"taxonomy": "category", "name": "City"}], [{"taxonomy": "post_tag", "name": "seals"}]]
    embedded = {
        "author": [{"name": "Ada Moor"}, {"code": "rest_user_invalid_id"}],
        "wp:featuredmedia": [media],
        "wp:term": terms,
        "replies": [[{"id": 1}, {"id": 2}]],
    }
    found = harvested(site, fetcher, WordPress([post(1, sticky=True, _embedded=embedded)]))
    (article,) = found.articles
    assert (article.guid, article.title, article.pinned) == ("https://ledger.example/?p=1", "Story ’1 <b>", True)
    assert (article.section, article.authors, article.comment_count) == ("city", ("Ada Moor",), 2)
    assert (article.standfirst, article.body_html, article.updated) == ("Seals…", "<p>Long.</p>", None)
    assert article.image == Image("https://ledger.example/s.jpg", "A seal", "Asleep & fed", "Cy Fen", 800, 600)
    assert article.published == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_every_page_is_read(site: Site, fetcher: Fetcher) -> None:
    blog = WordPress([post(number) for number in range(5)], per_page=2)
    found = harvested(site, fetcher, blog)
    assert len(found.articles) == 5
    assert [query["page"] for query in blog.queries] == [["1"], ["2"], ["3"]]
    assert blog.queries[0]["after"] == ["2026-03-03T16:00:00Z"]
    assert found.complete_since == NOW - wordpress.REACH


def test_pages_without_end_are_not_read_to_the_end(site: Site, fetcher: Fetcher) -> None:
    blog = WordPress([post(number) for number in range(50)], per_page=1)
    found = harvested(site, fetcher, blog)
    assert len(blog.queries) == wordpress.MAX_PAGES
    assert found.complete_since == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_comments_beyond_the_embedded_ones_are_counted(site: Site, fetcher: Fetcher) -> None:
    embedded = {"replies": [[{"id": number} for number in range(10)]]}
    found = harvested(site, fetcher, WordPress([post(1, _embedded=embedded), post(2, comment_status="open")]))
    assert [article.comment_count for article in found.articles] == [41, 0]


def test_posts_behind_a_password_stay_there(site: Site, fetcher: Fetcher) -> None:
    locked = post(1, content={"rendered": "", "protected": True})
    assert harvested(site, fetcher, WordPress([locked])).articles == ()


@pytest.mark.parametrize("body", ["<html>", '{"code": "rest_no_route"}'])
def test_a_site_without_the_api_is_told_of(site: Site, fetcher: Fetcher, body: str) -> None:
    site.fallback = Answer(body)
    with pytest.raises(SourceProblem, match="is the REST API of this site switched off"):
        wordpress.read(Errand(SourceSettings("blog", "wordpress", url=site.base), fetcher, NOW))


def test_a_site_that_tells_the_number_of_comments_is_not_asked_again(site: Site, fetcher: Fetcher) -> None:
    found = harvested(site, fetcher, WordPress([post(1, comment_count=12)]))
    assert found.articles[0].comment_count == 12
    assert len(site.asked) == 1
