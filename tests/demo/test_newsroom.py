"""The newspaper's site: its pages, its form, its words for machines, and its feed."""

from __future__ import annotations

import json

import feedparser
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from newsletter.demo.edition import Story
from newsletter.demo.newsroom import SECTIONS


def page(client: FlaskClient, path: str) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200, path
    return BeautifulSoup(response.text, "lxml")


def text(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    assert found is not None, selector
    return " ".join(found.get_text().split())


def test_the_front_page_links_every_story_of_today(client: FlaskClient, stories: tuple[Story, ...]) -> None:
    links = {link.get("href") for link in page(client, "/").select("a")}
    assert {story.path for story in stories[:12]} <= links
    assert {f"/{section}/" for section in SECTIONS} <= links


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_lists_its_stories(client: FlaskClient, stories: tuple[Story, ...], section: str) -> None:
    links = {link.get("href") for link in page(client, f"/{section}/").select("h2 a")}
    assert links == {story.path for story in stories if story.section == section}


def test_every_article_has_what_readers_look_for(client: FlaskClient, stories: tuple[Story, ...]) -> None:
    for story in stories:
        soup = page(client, story.path)
        assert text(soup, "article h1") == story.title
        assert text(soup, "article .standfirst") == story.standfirst
        assert all(author in text(soup, ".byline") for author in story.authors)
        assert str(story.comments) in text(soup, "#comments")
        assert len(soup.select(".related li")) == len(story.related)
        assert bool(soup.select("figure img[alt]")) == (story.picture is not None)


def test_the_form_posts_the_page_it_stands_on(client: FlaskClient) -> None:
    form = page(client, "/city/night-ferry").select_one("form")
    assert form is not None
    assert (form["action"], form["method"]) == ("http://127.0.0.1:8000/subscribe/evening", "post")
    fields = {field["name"]: field.get("value") for field in form.select("input")}
    assert fields.pop("page") == "http://127.0.0.1:8080/city/night-ferry"
    assert fields == {"consent_version": "2026-01", "email": None, "name": None, "time_zone": ""}
    assert "Send me the evening letter." in form.get_text()
    assert {label["for"] for label in form.select("label")} == {"signup-email", "signup-name"}


def test_an_article_tells_machines_about_itself(client: FlaskClient) -> None:
    soup = page(client, "/city/night-ferry")
    data = json.loads(text(soup, 'script[type="application/ld+json"]'))
    assert data["@type"] == "NewsArticle"
    assert [author["name"] for author in data["author"]] == ["Maren Tolley", "Idris Quaye"]
    assert data["dateModified"] > data["datePublished"]
    assert data["image"][0]["creditText"] == "Oda Farrow / The Harbour Ledger"
    assert soup.select_one('meta[property="og:image"]') is not None


def test_no_page_asks_anything_of_third_parties(client: FlaskClient, stories: tuple[Story, ...]) -> None:
    for path in ("/", "/city/", stories[0].path):
        soup = page(client, path)
        scripts = soup.select('script:not([type="application/ld+json"])')
        assert {str(script["src"]) for script in scripts} <= {"http://127.0.0.1:8000/static/subscribe.js"}
        for tag in soup.select("img[src], link[rel=stylesheet], link[rel=icon]"):
            assert str(tag.get("src") or tag.get("href")).startswith("/")


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    for path in ("/nowhere/", "/city/nothing", "/sport/night-ferry", "/pictures/nothing.jpg"):
        assert client.get(path).status_code == 404


def test_the_feed_carries_every_story_whole(client: FlaskClient, stories: tuple[Story, ...]) -> None:
    feed = feedparser.parse(client.get("/feed.xml").data)
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [story.guid for story in stories]
    entry = next(entry for entry in feed.entries if entry.title.startswith("Night ferry"))
    assert [author.name for author in entry.authors] == ["Maren Tolley", "Idris Quaye"]
    assert entry.slash_comments == "214"
    assert entry.content[0].value.startswith("<p>At ten past eleven")
    assert entry.media_content[0]["url"] == "http://127.0.0.1:8080/pictures/night-ferry.jpg"


def test_the_feed_is_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/feed.xml")
    by_etag = client.get("/feed.xml", headers={"If-None-Match": first.headers["ETag"]})
    by_date = client.get("/feed.xml", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (first.status_code, by_etag.status_code, by_date.status_code) == (200, 304, 304)
    assert by_etag.data == b""
