"""Which language a page speaks, and how it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask_babel import ngettext
from werkzeug.test import TestResponse

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.web.app import create_web
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


@pytest.mark.parametrize("accepts", ["", "nl"])
def test_without_a_wish_it_is_the_newsletters_language(app: App, accepts: str) -> None:
    german = replace(app.settings.newsletters[0], language="de-AT")
    app = replace(app, settings=replace(app.settings, newsletters=(german,)))
    reader = Reader(app, create_web(app).test_client(use_cookies=False))
    headers = {"Accept-Language": accepts}
    assert spoken(reader.get("/subscribe/evening", headers=headers)) == "de"
    assert spoken(reader.get(reader.link(Purpose.PREFERENCES, reader.subscribed()), headers=headers)) == "de"
    assert spoken(reader.get("/nothing", headers=headers)) == "en", "there is no newsletter to go by"


def test_what_was_asked_for_stays_on_the_way_from_page_to_page(reader: Reader) -> None:
    page = reader.get("/subscribe/evening?lang=ru")
    assert "Перейти к содержанию" in words(page)
    form = soup(page).form
    assert form is not None
    assert form["action"] == "/subscribe/evening?lang=ru"


def test_a_page_offers_its_languages_and_stays_the_same_page(reader: Reader) -> None:
    page = soup(reader.get("/subscribe/evening?page=https://ledger.example/harbour&lang=pl"))
    offered = {str(link["lang"]): str(link["href"]) for link in page.select(".languages a")}
    assert set(offered) == {"de", "en", "es", "fr", "ru", "uk"}
    there = soup(reader.get(f"/subscribe/evening{offered['uk']}"))
    assert there.html is not None
    assert there.html["lang"] == "uk"
    assert there.select_one('input[name="page"][value="https://ledger.example/harbour"]')


def test_who_chose_a_language_or_sent_a_form_is_not_asked_again(reader: Reader) -> None:
    number = reader.subscribed()
    path = reader.link(Purpose.PREFERENCES, number)
    assert soup(reader.get(path)).select(".languages a")
    assert not soup(reader.post(path)).select(".languages a")
    with reader.app.database.writing() as session:
        session.get_one(Subscription, number).subscriber.language = "pl"
    assert not soup(reader.get(path)).select(".languages a")


def test_the_desk_speaks_english(reader: Reader) -> None:
    page = reader.get("/desk/nothing", headers={"Accept-Language": "de"}, follow_redirects=True)
    assert soup(page).find("html", lang="en")


@pytest.mark.parametrize(
    ("language", "today", "tomorrow"),
    [
        ("en", "today at 18:00", "tomorrow, Wednesday, at 18:00"),
        ("de", "heute um 18:00 Uhr", "morgen, Mittwoch, um 18:00 Uhr"),
        ("es", "hoy a las 18:00", "mañana, miércoles, a las 18:00"),
        ("fr", "aujourd’hui à 18:00", "demain, mercredi, à 18:00"),
        ("pl", "dziś o 18:00", "jutro (środa) o 18:00"),
        ("ru", "сегодня в 18:00", "завтра (среда) в 18:00"),
        ("uk", "сьогодні о 18:00", "завтра (середа) о 18:00"),
    ],
)
def test_times_are_told_in_the_language(reader: Reader, language: str, today: str, tomorrow: str) -> None:
    path = reader.link(Purpose.CONFIRM, reader.pending(), "confirm")
    assert today in words(reader.http.post(path, query_string={"lang": language}))
    assert isinstance(reader.app.clock, SetClock)
    reader.app.clock.moment += timedelta(hours=2)
    assert tomorrow in words(reader.http.post(path, query_string={"lang": language}))


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "on Friday, 13 March, at 18:00"), ("de", "am Freitag, 13. März, um 18:00 Uhr"),
     ("es", "el viernes, 13 de marzo, a las 18:00"), ("fr", "le vendredi 13 mars, à 18:00"),
     ("pl", "piątek, 13 marca, godz. 18:00"), ("ru", "пятница, 13 марта, в 18:00"),
     ("uk", "пʼятниця, 13 березня, о 18:00")],
)  # fmt: skip
def test_a_farther_day_is_told_in_full(app: App, language: str, day: str) -> None:
    fridays = replace(app.settings.newsletters[0], days=frozenset({4}))
    settings = replace(app.settings, newsletters=(fridays,))
    reader = Reader(app, create_web(replace(app, settings=settings)).test_client())
    assert day in words(reader.get(f"/subscribe/evening?lang={language}"))


@pytest.mark.parametrize(
    ("language", "one", "two", "five"),
    [("en", "1 day.", "2 days.", "5 days."), ("pl", "1 dzień.", "2 dni.", "5 dni."),
     ("ru", "1 день.", "2 дня.", "5 дней."), ("uk", "1 день.", "2 дні.", "5 днів.")],
)  # fmt: skip
def test_numbers_take_their_languages_plurals(app: App, language: str, one: str, two: str, five: str) -> None:
    for days, words_for in ((1, one), (2, two), (5, five)):
        with create_web(app).test_request_context(f"/?lang={language}"):
            sentence = "Links like this one work for %(num)s {}. Sign up again, and a new one is on its way."
            assert words_for in ngettext(sentence.format("day"), sentence.format("days"), days)
