"""Which language a page speaks, and how it says so."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from subscribers.models import Subscription
from subscribers.tokens import Purpose
from tests.web_public.conftest import Reader, soup, words


def spoken(page: TestResponse) -> str:
    """Return the language that the page says it is in."""
    html = soup(page).html
    assert html is not None
    assert page.headers["Content-Language"] == html["lang"]
    return str(html["lang"])


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "en"),
        ({"headers": {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}}, "de"),
        ({"headers": {"Accept-Language": "nl,xx;q=0.9,fr-CA;q=0.2"}}, "fr"),
        ({"headers": {"Accept-Language": "nl"}}, "en"),
        ({"headers": {"Accept-Language": "de"}, "query_string": {"lang": "uk"}}, "uk"),
        ({"headers": {"Accept-Language": "de"}, "query_string": {"lang": "../x"}}, "de"),
    ],
)
def test_a_page_speaks_what_was_asked_for(reader: Reader, asked: dict[str, object], language: str) -> None:
    assert spoken(reader.get("/subscribe/evening", **asked)) == language


def test_caches_are_told_that_the_browser_chose(reader: Reader) -> None:
    assert "Accept-Language" in reader.get("/subscribe/evening").headers["Vary"]
    assert "Content-Language" not in reader.get("/static/style.css").headers


def test_a_link_speaks_its_readers_language_whatever_the_browser_wants(reader: Reader) -> None:
    number = reader.subscribed()
    with reader.app.database.writing() as session:
        session.get_one(Subscription, number).subscriber.language = "pl"
    path = reader.link(Purpose.PREFERENCES, number)
    assert spoken(reader.get(path, headers={"Accept-Language": "de"})) == "pl"


def test_what_was_asked_for_stays_on_the_way_from_page_to_page(reader: Reader) -> None:
    page = reader.get("/subscribe/evening?lang=ru")
    assert "Перейти к содержанию" in words(page)
    form = soup(page).form
    assert form is not None
    assert form["action"] == "/subscribe/evening?lang=ru"


def test_the_desk_speaks_english(reader: Reader) -> None:
    page = reader.get("/desk/nothing", headers={"Accept-Language": "de"}, follow_redirects=True)
    assert soup(page).find("html", lang="en")
