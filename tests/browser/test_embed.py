"""The form to copy, under an article on another site: without a script, and with ours on the article itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from subscribers.models import Subscriber, SubscriptionEvent
from tests.browser.chromium import chromium
from tests.browser.site import Site, newsroom, served
from tests.browser.walking import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SENT = "Look into your mailbox, open our mail and press its button; then you are on the list."
SLIP, MEANT = "ada@gmial.com", "ada@gmail.com"


@dataclass
class Article:
    """A page of the newsroom's own site, on an origin of its own, with the form in it."""

    url: str
    form: str = ""

    def html(self) -> str:
        form = self.form.replace('name="page" value=""', f'name="page" value="{self.url}"')
        return (
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Tide</title>'
            f"<main><h1>Tide</h1><p>A story.</p>{form}</main>"
        )


@dataclass
class Stand:
    """The article, the pages behind its form, and a browser."""

    article: Article
    site: Site
    browser: Browser

    def open(self, *, scripts: bool = True) -> Page:
        context = self.browser.new_context(
            java_script_enabled=scripts,
            timezone_id="Asia/Tokyo",
            viewport={"width": NARROW, "height": 700},
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(self.article.url)
        return page

    def readers(self) -> list[tuple[str, str]]:
        """Return each one's address and time zone."""
        with self.site.app.database.reading() as session:
            found = session.scalars(select(Subscriber).order_by(Subscriber.id))
            return [(each.email, each.time_zone) for each in found]

    def came_from(self) -> set[str]:
        with self.site.app.database.reading() as session:
            return set(session.scalars(select(SubscriptionEvent.source_page)))


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def article() -> Iterator[Article]:
    pages = Flask("article")
    server = make_server("127.0.0.1", 0, pages, threaded=True, request_handler=_Quiet)
    shown = Article(f"http://127.0.0.1:{server.port}/tide")
    pages.add_url_rule("/tide", view_func=shown.html)
    pages.add_url_rule("/favicon.ico", "icon", view_func=lambda: ("", 204))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shown
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def standing(folder: Path, browser: Browser, *, let_in: bool = True, **signup: Any) -> Iterator[Stand]:
    with article() as shown:
        settings = newsroom(folder)
        origins = frozenset({shown.url.removesuffix("/tide")} if let_in else ())
        with served(replace(settings, signup=replace(settings.signup, origins=origins, **signup))) as site:
            snippet = BeautifulSoup(site.web.test_client().get("/subscribe/evening/embed").text, "html.parser")
            place = snippet.select_one("textarea")
            assert place is not None
            shown.form = place.get_text()
            yield Stand(shown, site, browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stand(tmp_path: Path, browser: Browser) -> Iterator[Stand]:
    with standing(tmp_path, browser) as stand:
        yield stand


def sign_up(page: Page, email: str) -> None:
    """Find the field and send the form, by the keyboard alone."""
    page.keyboard.press("Tab")
    expect(page.get_by_label("The Evening Ledger: your e-mail address")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Enter")


def test_without_a_script_the_answer_is_a_page_that_leads_back(stand: Stand) -> None:
    page = stand.open(scripts=False)
    sign_up(page, "ada@reader.example")
    expect(page.locator("h1")).to_have_text("Look into your mailbox")
    expect(page.get_by_role("link", name="Back to what you were reading")).to_have_attribute(
        "href", stand.article.url
    )
    assert (stand.readers(), stand.came_from()) == ([("ada@reader.example", "")], {stand.article.url})


@pytest.mark.parametrize("email", ["ada@reader.example", "адам@reader.example"])
def test_with_the_script_nobody_leaves_the_article(stand: Stand, email: str) -> None:
    page = stand.open()
    expect(page.locator("[aria-live=polite]")).to_be_empty()
    sign_up(page, email)
    expect(page.locator("form .newsletter-answer[aria-live=polite]")).to_have_text(SENT)
    expect(page.locator("form")).to_have_class("newsletter-sent")
    assert page.url == stand.article.url
    assert (stand.readers(), stand.came_from()) == ([(email, "Asia/Tokyo")], {stand.article.url})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW


def test_a_page_may_hold_the_form_twice(stand: Stand) -> None:
    stand.article.form *= 2
    page = stand.open()
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    for number in range(2):
        form = page.locator("form").nth(number)
        form.locator("[name=email]").fill(SLIP)
        form.get_by_role("button", name="Subscribe").click()
        expect(form.locator(".newsletter-answer")).to_contain_text("Did you mean")
    assert asked.count("POST") == 2
    assert len(set(page.locator(".newsletter-answer").evaluate_all("all => all.map(each => each.id)"))) == 2


@pytest.mark.parametrize(("tabs", "email"), [(0, MEANT), (1, SLIP)])
def test_a_slip_is_asked_about_there_and_decided_by_the_keyboard(stand: Stand, tabs: int, email: str) -> None:
    page = stand.open()
    sign_up(page, SLIP)
    answer = page.locator(".newsletter-answer")
    expect(answer).to_contain_text(f"Did you mean {MEANT}?")
    expect(page.get_by_role("button", name="Yes")).to_be_focused()
    assert Axe().run(page).response["violations"] == []
    for _ in range(tabs):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(answer).to_have_text(SENT)
    expect(page.get_by_role("button", name="Subscribe")).to_be_focused()
    assert [address for address, _ in stand.readers()] == [email]


def test_a_wrong_address_is_told_in_the_form_and_can_be_mended(stand: Stand) -> None:
    page = stand.open()
    sign_up(page, "ada@reader")
    field, answer = page.locator("[name=email]"), page.locator(".newsletter-answer")
    expect(answer).to_contain_text("no place that mail can be sent to")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(answer.inner_text())
    page.keyboard.press("End")
    page.keyboard.type(".example")
    page.keyboard.press("Enter")
    expect(answer).to_have_text(SENT)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert [address for address, _ in stand.readers()] == ["ada@reader.example"]


def test_a_site_that_is_not_named_gets_the_page_instead(tmp_path: Path, browser: Browser) -> None:
    with standing(tmp_path, browser, let_in=False) as stand:
        page = stand.open()
        sign_up(page, "ada@reader.example")
        expect(page.locator("h1")).to_have_text("Look into your mailbox")
        assert stand.readers() == [("ada@reader.example", "Asia/Tokyo")]


@pytest.mark.parametrize("bits", [0, 8])
def test_the_script_passes_the_gate_by_itself(tmp_path: Path, browser: Browser, bits: int) -> None:
    with standing(tmp_path, browser, minimum_time=timedelta(seconds=1), proof_of_work=bits) as stand:
        page = stand.open()
        sign_up(page, "ada@reader.example")
        expect(page.locator(".newsletter-answer")).to_have_text(SENT)
        assert [address for address, _ in stand.readers()] == ["ada@reader.example"]


def test_the_hosted_page_learns_the_time_zone_too(stand: Stand) -> None:
    page = stand.open()
    page.goto(f"{stand.site.url}/subscribe/evening")
    page.get_by_label("E-mail address").fill("ada@reader.example")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("h1")).to_have_text("Look into your mailbox")
    assert stand.readers() == [("ada@reader.example", "Asia/Tokyo")]
