"""Past issues in public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from newsletter.app import App, compose
from newsletter.articles import store as articles
from newsletter.articles.fetch import Fetched
from newsletter.articles.sources.feed import parse
from newsletter.articles.tables import ArticleRow
from newsletter.clock import SetChance
from newsletter.delivery.corrections.tables import CorrectionRow
from newsletter.domain.article import Article, Image
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from newsletter.web.app import create_web
from subscribers.database import Database
from tests.web_public.conftest import Reader, soup, words

TITLES = ("Ferry <b>runs</b> & rests", "100% of the quay is wet", "Туман над гаванью")
Send = Callable[..., date]


@pytest.fixture
def public(app: App, any_database: Database) -> Reader:
    """A newsroom whose evenings can be read by everybody."""
    (evening, *others) = app.settings.newsletters
    settings = replace(app.settings, newsletters=(replace(evening, archive=True), *others))
    app = replace(compose(settings, app.clock, SetChance()), database=any_database)
    return Reader(app, create_web(app).test_client(use_cookies=False))


@pytest.fixture
def send(public: Reader) -> Send:
    def sent(*titles: str, days_ago: int = 0) -> date:
        app = public.app
        at = app.clock.now() - timedelta(days=days_ago)
        with app.database.writing() as session:
            articles.upsert(session, [_story(title, at) for title in titles], at)
            issue = store.build(session, app.settings, app.settings.newsletters[0], at.date(), at, actor="daemon")
            assert issue.state == "draft", issue.reason
            issue.state, issue.locked_at, issue.begun_at, issue.finished_at = "sent", at, at, at
            return issue.date

    return sent


def _story(title: str, at: datetime) -> Article:
    number = abs(hash(title)) % 10_000
    return Article(
        source="ledger", guid=f"g{number}", url=f"https://ledger.example/{number}", title=title, section="city",
        published=at - timedelta(minutes=5), standfirst=f"All about: {title}.",
        image=Image("https://ledger.example/a.png", alt="A quay"),
    )  # fmt: skip


def test_an_issue_can_be_read_found_and_subscribed_to(public: Reader, send: Send) -> None:
    day = send(*TITLES)
    page = public.get(f"/archive/evening/{day}")
    assert page.status_code == 200
    assert next(each.get_text() for each in soup(page).select(".stories a")) in TITLES
    assert "<b>runs</b>" not in page.text
    head = {each["property"]: each["content"] for each in soup(page).select("meta[property]")}
    canonical = soup(page).select_one("link[rel=canonical]")
    assert canonical
    assert canonical["href"] == head["og:url"] == f"https://news.ledger.example/archive/evening/{day}"
    assert (head["og:type"], head["og:image"]) == ("article", "https://ledger.example/a.png")
    subscribe = soup(page).select_one("a.button")
    assert subscribe
    assert f"page=https://news.ledger.example/archive/evening/{day}" in str(subscribe["href"])
    assert "script" not in page.headers["Content-Security-Policy"]
    listed = public.get("/archive/evening")
    assert soup(listed).select(f".past-issues a[href='/archive/evening/{day}']")


def test_what_was_withdrawn_is_no_longer_shown_and_corrections_are_told(public: Reader, send: Send) -> None:
    day = send(*TITLES)
    with public.app.database.writing() as session:
        for row in session.query(ArticleRow).filter(ArticleRow.title == TITLES[1]):
            row.withdrawn_at = public.app.clock.now()
        session.add(CorrectionRow(issue_id=1, version=2, at=public.app.clock.now(), actor="ines", remainder=0,
            notice="The ferry rests on Sundays only.", on_web=True))  # fmt: skip
    shown = words(public.get(f"/archive/evening/{day}"))
    assert TITLES[1] not in shown
    assert "1 story of this issue was withdrawn and is no longer shown." in shown
    assert "Corrected on 10 March 2026: The ferry rests on Sundays only." in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [("ferry", True), ("FERRY quay", True), ("100%", True), ("1%0", False), ("_", False), ("туман", True),
     ("' OR 1=1 --", False), ("zeppelin", False)],
)  # fmt: skip
def test_words_are_found_as_they_are_written(public: Reader, send: Send, query: str, found: bool) -> None:
    send(*TITLES)
    page = public.http.get("/archive/evening/search", query_string={"q": query})
    assert bool(soup(page).select(".past-issues li")) is found
    assert ("No past issue has these words." in words(page)) is not found


def test_older_issues_are_a_page_away_and_neighbours_a_link(public: Reader, send: Send) -> None:
    days = [send(f"Story of day {n}", f"Another of day {n}", days_ago=n) for n in range(33, 0, -1)]
    first = public.get("/archive/evening")
    assert len(soup(first).select(".past-issues li")) == 30
    older = soup(first).select_one("a[rel=next]")
    assert older
    assert len(soup(public.get(str(older["href"]))).select(".past-issues li")) == 3
    middle = public.get(f"/archive/evening/{days[5]}")
    beside = [str(each["href"]) for each in soup(middle).select(".neighbours a")]
    assert beside == [f"/archive/evening/{days[4]}", f"/archive/evening/{days[6]}"]


def test_the_feed_is_read_by_our_own_source_and_kept_by_caches(public: Reader, send: Send) -> None:
    send(*TITLES)
    answer = public.get("/archive/evening/feed.xml")
    assert answer.mimetype == "application/rss+xml"
    own = "https://news.ledger.example/archive/evening/feed.xml"
    (entry,) = parse(Fetched(200, own, answer.data, "", "", "application/rss+xml", {}))
    assert entry.url.startswith("https://news.ledger.example/archive/evening/2026-")
    assert "All about: 100% of the quay is wet." in entry.body
    again = public.http.get("/archive/evening/feed.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    mapped = ET.fromstring(public.get("/sitemap.xml").data)
    assert [loc.text for loc in mapped.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [entry.url]


def test_what_is_not_for_everybody_is_not_there(public: Reader, send: Send, reader: Reader) -> None:
    day = send(*TITLES)
    with public.app.database.writing() as session:
        session.get_one(IssueRow, 1).state = "sending"
    for path in (
        f"/archive/evening/{day}",
        "/archive/evening/2026-13-40",
        "/archive/nothing",
        "/archive/evening/x",
    ):
        assert public.get(path).status_code == 404, path
    assert "No issue has been sent yet." in words(public.get("/archive/evening"))
    assert [reader.get(path).status_code for path in ("/archive/evening", "/archive/evening/feed.xml")] == [
        404,
        404,
    ]
