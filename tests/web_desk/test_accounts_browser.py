"""An editor's first day in a real browser: invited, with a second factor, and rid of a forgotten session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pyotp import TOTP

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.editors import accounts, links
from newsletter.editors.roles import Role
from tests.browser.chromium import chromium
from tests.web_desk.conftest import EMAIL
from tests.web_desk.serving import serving

pytestmark = pytest.mark.browser

MARA, PASSWORD = "mara@ledger.example", "seven quiet boats"
_STICKS_OUT = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def is_for_everybody(page: Page) -> None:
    """Axe finds nothing, and nothing sticks out, narrow or wide, light or dark."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours that move are half-way ones
        rules = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["any"][0]["message"]) for rule in rules] == [], page.url
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(_STICKS_OUT) <= 0, (page.url, width)


def sign_in(page: Page, address: str, code: str) -> None:
    page.goto(f"{address}/desk/sign-in")
    page.get_by_label("E-mail address").fill(MARA)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Six digits").fill(code)
    is_for_everybody(page)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/desk/")


def test_invited_with_a_second_factor_and_rid_of_another_session(
    app: App, clock: SetClock, browser: Browser
) -> None:
    with app.database.writing() as rows:
        link = accounts.invite(
            rows, MARA, "Mara Lindt", clock.now(), role=Role.EDITOR, actor=EMAIL, lasts=timedelta(days=7)
        )
        path = f"/desk/invitation/{links.written(app.tokens, link)}"
    with serving(app) as address:
        page, elsewhere = browser.new_context().new_page(), browser.new_context().new_page()
        page.goto(address + path)
        is_for_everybody(page)
        page.keyboard.type(PASSWORD)  # the field has the focus
        page.keyboard.press("Enter")
        page.get_by_text("Welcome. This is the desk.").wait_for()
        page.get_by_role("link", name="Mara Lindt").click()
        page.get_by_role("link", name="Set it up").click()
        is_for_everybody(page)
        box = page.locator("svg.qr").bounding_box()
        assert box is not None
        assert box["width"] >= 150
        secret = "".join(page.locator("code.secret").inner_text().split())
        page.get_by_label("The six digits that the app shows now").fill(TOTP(secret).at(clock.now()))
        page.get_by_role("button", name="Turn it on").click()
        assert page.locator(".codes li").count() == 10
        is_for_everybody(page)
        clock.moment += timedelta(seconds=30)
        sign_in(elsewhere, address, TOTP(secret).at(clock.now()))
        page.get_by_role("link", name="I have kept them").click()
        is_for_everybody(page)
        page.get_by_role("button", name="End the session of").click()
        page.get_by_text("That session is ended.").wait_for()
        elsewhere.evaluate("() => { htmx.ajax('GET', '/desk/', '#main'); }")  # as a page's pieces are loaded
        elsewhere.get_by_role("alert").get_by_text("You are signed out").wait_for()
        is_for_everybody(elsewhere)
        elsewhere.reload()
        assert "/desk/sign-in" in elsewhere.url
