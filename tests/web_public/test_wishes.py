"""What a sign-up form asks beside the address: how often, in which language, and whether that is the address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import Tag
from werkzeug.test import TestResponse

from newsletter.app import App
from newsletter.settings import NewsletterSettings
from newsletter.web.app import create_web
from subscribers.models import Subscription
from tests.web_public.conftest import EMAIL, Reader, soup, words

WEEKDAYS = frozenset(range(5))


def coming_on(app: App, *days: frozenset[int]) -> Reader:
    """Return a reader of a newsroom whose newsletters come on those days."""
    evening = app.settings.newsletters[0]
    newsletters = tuple(replace(evening, slug=f"n{number}", days=each) for number, each in enumerate(days))
    app = replace(app, settings=replace(app.settings, newsletters=newsletters))
    return Reader(app, create_web(app).test_client(use_cookies=False))


def choices(reader: Reader, name: str, path: str = "/") -> list[str]:
    return [str(option["value"]) for option in soup(reader.get(path)).select(f"select[name={name}] option")]


def frequency(reader: Reader, subscription: int = 1) -> str:
    with reader.app.database.reading() as session:
        return session.get_one(Subscription, subscription).frequency


def test_how_often_is_kept_and_stands_in_the_evidence(reader: Reader) -> None:
    reader.post("/subscribe/evening", email=EMAIL, frequency="weekly")
    assert (frequency(reader), reader.last_event().detail) == ("weekly", {"frequency": "weekly"})
    reader.post("/subscribe/evening", email=EMAIL, frequency="hourly")
    assert (frequency(reader), reader.last_event().detail) == ("daily", {})


def test_signing_up_again_changes_nothing_for_who_is_subscribed(reader: Reader) -> None:
    subscription = reader.subscribed()
    reader.post("/subscribe/evening", email=EMAIL, frequency="weekly")
    assert frequency(reader, subscription) == "daily"


@pytest.mark.parametrize(
    ("days", "offered"),
    [
        (range(7), ["daily", "weekdays", "weekly"]),
        (range(5), ["daily", "weekly"]),
        ((5, 6), ["daily", "weekly"]),
        ((5,), []),
    ],
)
def test_only_what_makes_a_difference_is_offered(app: App, days: range, offered: list[str]) -> None:
    reader = coming_on(app, frozenset(days))
    assert choices(reader, "frequency") == offered


def test_of_several_newsletters_each_comes_as_it_can(app: App) -> None:
    reader = coming_on(app, WEEKDAYS, frozenset({6}))
    assert choices(reader, "frequency") == ["daily", "weekly"]
    reader.post("/", email=EMAIL, newsletters=["n0", "n1"], frequency="weekly")
    assert [frequency(reader, number) for number in (1, 2)] == ["weekly", "daily"]


def test_of_several_newsletters_each_has_its_own_sections(app: App) -> None:
    reader = coming_on(app, WEEKDAYS, frozenset({6}))
    boxes = soup(reader.get("/")).select("details input[name=sections]")
    assert [box["value"] for box in boxes][2:4] == ["n0:sport", "n1:city"]
    wanted = {"newsletters": ["n0", "n1"], "sections": ["n0:city", "n1:sport", "n1:culture"]}
    shown = soup(reader.post("/", email="ada@gmial.com", **wanted))
    assert len(shown.select("details[open]")) == 2
    assert len(shown.select("details input[checked]")) == 3
    reader.post("/", email=EMAIL, **wanted)
    assert [reader.subscription(number)[0] for number in (1, 2)] == ["city", "culture,sport"]


@pytest.mark.parametrize(("asked", "kept"), [("de", "de"), ("de-AT", "de"), ("xx", ""), ("", "")])
def test_a_language_is_kept_when_we_have_it(reader: Reader, asked: str, kept: str) -> None:
    reader.post("/subscribe/evening", email=EMAIL, language=asked)
    assert reader.subscription(1)[2] == kept


def test_the_language_that_the_page_speaks_is_offered_first(reader: Reader, evening: NewsletterSettings) -> None:
    def first(query: str) -> str:
        option = soup(reader.get(f"/subscribe/evening{query}")).select_one("select[name=language] [selected]")
        return str(option["value"]) if option else ""

    assert (evening.language, first(""), first("?lang=uk")) == ("en", "", "uk")


def test_a_slip_of_the_keyboard_is_asked_about_and_nothing_is_written(reader: Reader) -> None:
    page = reader.post("/subscribe/evening", email="ada@gmial.com", name="Ada", frequency="weekly")
    assert (page.status_code, reader.people()) == (422, [])
    assert "Did you mean ada@gmail.com?" in words(page)
    assert buttons(page)[:2] == [("instead", "ada@gmail.com"), ("keep", "ada@gmial.com")]
    assert soup(page).select_one('input[name="name"][value="Ada"]')
    assert soup(page).select_one('option[value="weekly"][selected]')


@pytest.mark.parametrize(("pressed", "email"), [("instead", "ada@gmail.com"), ("keep", "ada@gmial.com")])
def test_one_button_takes_the_suggestion_and_one_keeps_what_was_typed(
    reader: Reader, pressed: str, email: str
) -> None:
    page = reader.post("/subscribe/evening", email="ada@gmial.com", **{pressed: email})
    assert (page.status_code, reader.people()) == (200, [email])
    assert email in words(page)


def test_an_address_typed_anew_counts_whatever_button_was_pressed(reader: Reader) -> None:
    reader.post("/subscribe/evening", email=EMAIL, instead="ada@gmail.com")
    assert reader.people() == [EMAIL]
    again = reader.post("/subscribe/evening", email="ada@hotmial.com", keep="ada@gmial.com")
    assert "Did you mean ada@hotmail.com?" in words(again)


def test_a_robot_is_asked_nothing(reader: Reader) -> None:
    page = reader.post("/subscribe/evening", email="bot@gmial.com", leave_empty="x")
    assert (page.status_code, reader.people()) == (200, [])


def test_only_pages_with_the_form_may_run_a_script_and_only_ours(reader: Reader) -> None:
    page = reader.get("/subscribe/evening")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert [script["src"] for script in soup(page).select("script")] == ["/static/subscribe.js"]
    script = reader.get("/static/subscribe.js")
    assert (script.status_code, script.mimetype) == (200, "text/javascript")
    answer = reader.post("/subscribe/evening", email=EMAIL)
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def buttons(page: TestResponse) -> list[tuple[str, str]]:
    found = soup(page).select("main button[name]")
    return [(str(each["name"]), str(each["value"])) for each in found if isinstance(each, Tag)]
