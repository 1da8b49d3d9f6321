"""The gate in a real browser: the work is done unseen, and who runs no script gets in all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from subscribers.models import Subscriber
from tests.browser.chromium import chromium
from tests.browser.site import Site, newsroom, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Open = Callable[..., AbstractContextManager[Site]]
PATH = "/subscribe/evening"
EMAIL = "eve@reader.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Serve the pages with other settings of `[signup]`."""

    def open_with(**signup: Any) -> AbstractContextManager[Site]:
        settings = newsroom(tmp_path)
        return served(replace(settings, signup=replace(settings.signup, **signup)))

    return open_with


def people(site: Site) -> list[str]:
    with site.app.database.reading() as session:
        return list(session.scalars(select(Subscriber.email)))


def sign_up(page: Page, site: Site) -> list[str]:
    """Fill the form in and send it; return what the console said."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(site.url + PATH)
    page.fill("[name=email]", EMAIL)
    page.click("main button[type=submit]")
    return said


def test_the_work_is_done_by_the_reader_s_browser(browser: Browser, opened: Open) -> None:
    with opened(proof_of_work=14) as site:
        page = browser.new_page()
        said = sign_up(page, site)
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
        page.close()
        assert (people(site), said) == ([EMAIL], [])


def test_the_work_does_not_forget_which_button_was_pressed(browser: Browser, opened: Open) -> None:
    with opened(proof_of_work=14) as site:
        page = browser.new_page()
        page.goto(site.url + PATH)
        page.fill("[name=email]", "eve@gmial.com")
        page.get_by_role("button", name="Subscribe").click()
        page.get_by_role("button", name="Yes, eve@gmail.com").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
        page.close()
        assert people(site) == ["eve@gmail.com"]


def test_a_form_from_elsewhere_is_worked_for_after_one_press(browser: Browser, opened: Open) -> None:
    with opened(proof_of_work=14) as site:
        page = browser.new_page()
        page.set_content(f'<form method="post" action="{site.url}{PATH}"><input name="email"><button>go</button>')
        page.fill("input", EMAIL)
        page.click("button")
        page.get_by_role("button", name="Yes, subscribe me").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
        page.close()
        assert people(site) == [EMAIL]


def test_without_script_the_page_says_how_long_to_wait(browser: Browser, opened: Open) -> None:
    with opened(proof_of_work=14) as site:
        page = browser.new_page(java_script_enabled=False)
        sign_up(page, site)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more press")
        expect(page.locator(".note")).to_contain_text("seconds before you press.")
        page.close()
        assert people(site) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_that_asks_for_one_more_press_is_for_everybody(
    browser: Browser, opened: Open, scheme: Any
) -> None:
    with opened(minimum_time=timedelta(minutes=1)) as site:
        page = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme=scheme)
        said = sign_up(page, site)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more press")
        found = Axe().run(page).response["violations"]
        wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        page.close()
        assert ([each["id"] for each in found], wide, said) == ([], 0, [])
