"""What is read from feeds in their three formats, and from some that are broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.articles import store
from newsletter.articles.fetch import Fetcher
from newsletter.articles.harvest import Errand, Harvest, SourceProblem
from newsletter.articles.sources import feed
from newsletter.domain.article import Article, Image
from newsletter.settings import SourceSettings
from subscribers.database import Database
from tests.articles.samples import RSS, item, rss
from tests.articles.server import Answer, Site

NOW = datetime(2026, 3, 10, 16, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def harvested(site: Site, fetcher: Fetcher, answer: Answer, section: str = "") -> Harvest:
    source = SourceSettings("ledger", "feed", url=site.show("/feed", answer), section=section)
    return feed.read(Errand(source, fetcher, NOW, frozenset({"culture"})))


def only(harvest: Harvest) -> Article:
    (article,) = harvest.articles
    return article


def test_an_rss_item_with_everything(site: Site, fetcher: Fetcher) -> None:
    more = (
        "<category>Front page</category><category>Culture</category>"
        "<dc:creator>Ada Moor</dc:creator><dc:creator>Bo Quay</dc:creator>"
        "<description>&lt;p&gt;Seals &amp;amp; gulls.&lt;/p&gt;</description><slash:comments>7</slash:comments>"
        '<content:encoded>&lt;p onclick="x()"&gt;Long &lt;a href="/map"&gt;map&lt;/a&gt;'
        "&lt;script&gt;x()&lt;/script&gt;&lt;/p&gt;</content:encoded>"
        '<media:content url="/seal.jpg" medium="image" width="1200" height="675"><media:title>A seal</media:title>'
        "<media:description>Asleep</media:description><media:credit>Cy Fen</media:credit></media:content>"
    )
    article = only(harvested(site, fetcher, rss(item("g1", "Seals return", NOON, more=more))))
    assert (article.guid, article.title, article.published) == ("g1", "Seals return", NOON)
    assert article.url == f"{site.base}/city/g1"
    assert (article.section, article.authors) == ("culture", ("Ada Moor", "Bo Quay"))
    assert (article.standfirst, article.comment_count, article.language) == ("Seals & gulls.", 7, "en")
    assert article.image == Image(f"{site.base}/seal.jpg", "A seal", "Asleep", "Cy Fen", 1200, 675)
    assert "script" not in article.body_html
    assert "onclick" not in article.body_html
    assert f'href="{site.base}/map"' in article.body_html


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Why <script>alert(1)</script> is a headline", "Why <script>alert(1)</script> is a headline"),
        ("Fish &amp; chips &#8217;26", "Fish & chips ’26"),
        ("An <em>Odyssey</em>", "An Odyssey"),
        ("2 < 3 and\n 4 > 3", "2 < 3 and 4 > 3"),
    ],
)
def test_titles_are_text(site: Site, fetcher: Fetcher, written: str, meant: str) -> None:
    assert only(harvested(site, fetcher, rss(item("g1", written, NOON)))).title == meant


def test_the_sources_section_wins(site: Site, fetcher: Fetcher) -> None:
    answer = rss(item("g1", "Seals", NOON, more="<category>Culture</category>"))
    assert only(harvested(site, fetcher, answer, section="City")).section == "city"


def test_an_undated_item_is_marked(site: Site, fetcher: Fetcher) -> None:
    found = harvested(site, fetcher, rss(item("g1", "Seals", None)))
    assert only(found).published == NOW
    assert found.undated == {"g1"}
    assert found.complete_since is None


def test_items_without_address_or_title_are_told_of(site: Site, fetcher: Fetcher) -> None:
    found = harvested(site, fetcher, rss(item("g1", "Seals", NOON), "<item><title>No address</title></item>"))
    assert len(found.articles) == 1
    assert found.problems == ("1 of the entries have no address or no title.",)


def test_an_old_story_among_the_newest_does_not_say_that_all_since_then_are_shown(
    site: Site, fetcher: Fetcher
) -> None:
    items = [item(f"g{hours}", "Seals", NOON - timedelta(hours=hours)) for hours in range(8)]
    found = harvested(site, fetcher, rss(item("pinned", "A year ago", NOON - timedelta(days=365)), *items))
    assert found.complete_since is not None
    assert found.complete_since >= NOON - timedelta(hours=7)


def test_atom(site: Site, fetcher: Fetcher) -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://ledger.example/city/" xml:lang="de">'
        '<id>f</id><entry><title type="html">Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt; &amp;lt;b&amp;gt;'
        '</title><id>tag:1</id><link rel="alternate" href="fish"/>'
        '<link rel="enclosure" type="image/png" href="/f.png"/>'
        "<published>2026-03-10T13:00:00+01:00</published><updated>2026-03-10T14:00:00Z</updated>"
        "<author><name>Ada</name></author><author><name>Bo</name></author>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><a href="map">m</a></div></content>'
        "</entry></feed>"
    )
    article = only(harvested(site, fetcher, Answer(body)))
    assert (article.title, article.url) == ("Fish & chips <b>", "https://ledger.example/city/fish")
    assert (article.authors, article.language, article.published) == (("Ada", "Bo"), "de", NOON)
    assert article.updated == NOON + timedelta(hours=2)
    assert article.image == Image("https://ledger.example/f.png")
    assert 'href="https://ledger.example/city/map"' in article.body_html


def test_json_feed(site: Site, fetcher: Fetcher) -> None:
    entry = {
        "id": 1,
        "url": "/fish",
        "title": "Fish <b>",
        "summary": "3 < 4",
        "content_html": "<p>x\ud800\0</p>",
        "image": "/f.png",
        "date_published": "2026-03-10T12:00:00Z",
        "authors": [{"name": "Ada"}, {"name": "Bo"}],
        "tags": ["City"],
    }
    feed_text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "language": "en", "items": [entry]})
    article = only(harvested(site, fetcher, Answer(feed_text)))
    assert (article.guid, article.url, article.title) == ("1", f"{site.base}/fish", "Fish <b>")
    assert (article.standfirst, article.authors, article.section) == ("3 < 4", ("Ada", "Bo"), "city")
    assert (article.body_html, article.published) == ("<p>x?</p>", NOON)


def test_malformed_xml_is_mended(site: Site, fetcher: Fetcher) -> None:
    more = "<description>Gulls &nbsp; & seals</description><slash:comments>3</slash:comments>"
    article = only(harvested(site, fetcher, rss(item("g1", "Fish & chips", NOON, more=more))))
    assert (article.guid, article.title, article.published) == ("g1", "Fish & chips", NOON)
    assert (article.url, article.comment_count) == (f"{site.base}/city/g1", 3)


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><body><h1>We are moving</h1></body></html>",
        "{",
        '{"title": "no items"}',
        "",
        "[" * 100_000,
        "{" + '"a":{' * 100_000,
        RSS + "<a>" * 5_000,
        '<!DOCTYPE rss [<!ENTITY a "aaaa">]>'
        + RSS.partition("?>")[2]
        + item("g", "&a;", NOON)
        + "</channel></rss>",
    ],
)
def test_what_is_no_feed_is_told_in_a_sentence(site: Site, fetcher: Fetcher, body: str) -> None:
    with pytest.raises(SourceProblem, match=r"^http://127.*/feed (is not|declares) .*\.$"):
        harvested(site, fetcher, Answer(body))


def test_a_body_nested_too_deep_is_left_out(site: Site, fetcher: Fetcher) -> None:
    more = f"<description>{'&lt;div&gt;' * 20_000}</description>"
    article = only(harvested(site, fetcher, rss(item("g1", "Seals", NOON, more=more))))
    assert (article.body_html, article.standfirst) == ("", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tue, 10 Mar 2026 13:00:00 +0100", NOON),
        ("Tue, 10 Mar 2026 14:00:00 CEST", NOON),
        ("Tue, 10 Mar 2026 08:00 EDT", NOON),
        ("2026-03-10T12:00:00Z", NOON),
        ("2026-03-10", NOON - timedelta(hours=12)),
        *((text, None) for text in ("yesterday", "Tue, 32 Mar 2026 12:00:00 GMT", "1773144000", "10.03.2026", "")),
    ],
)
def test_a_date_is_read_or_not_and_never_guessed(
    site: Site, fetcher: Fetcher, written: str, meant: datetime | None
) -> None:
    found = harvested(site, fetcher, rss(item("1", "Seals", None, more=f"<pubDate>{written}</pubDate>")))
    assert only(found).published == (meant or NOW)
    assert found.undated == (frozenset() if meant else {"1"})


@pytest.mark.parametrize(
    "head",
    [
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><item><dc:date>%s</dc:date>'
        ),
        '<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><item><pubDate>%s</pubDate>',
    ],
)
def test_older_kinds_of_rss_have_dates_too(site: Site, fetcher: Fetcher, head: str) -> None:
    ends = "</item></rdf:RDF>" if "rdf" in head else "</item></channel></rss>"
    body = head % "2026-03-10T12:00:00Z" + "<title>Seals</title><link>/seals</link>" + ends
    assert only(harvested(site, fetcher, Answer(body))).published == NOON


def test_an_entry_that_no_database_would_keep_costs_the_others_nothing(
    site: Site, fetcher: Fetcher, any_database: Database
) -> None:
    odd = [
        {"id": "1", "url": "http://a:99999/x", "title": "Port", "content_html": "<a href='/m'>map</a>"},
        {"id": "x" + "é" * 4_000, "url": "/long", "title": "Guid", "language": "\ud800\0"},
        {"id": "3", "url": "/" + "é" * 1_500, "title": "Address"},
        {"id": "4", "url": "/a b", "title": "Space"},
    ]
    found = harvested(site, fetcher, Answer(json.dumps({"version": "1", "items": odd})))
    with any_database.writing() as session:
        store.upsert(session, found.articles, NOW)
    assert [article.title for article in found.articles] == ["Port", "Guid", "Space"]
    assert found.articles[2].url == f"{site.base}/a%20b"
    assert len(found.problems) == 1
