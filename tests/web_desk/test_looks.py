"""The letter in the dark, inverted and without pictures, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from newsletter.app import App
from newsletter.proofs.looks import LookOfMail, shown
from tests.browser.chromium import chromium
from tests.web_desk.conftest import EMAIL, PASSWORD, signed_in
from tests.web_desk.serving import serving

pytestmark = pytest.mark.browser
_PAPER = "getComputedStyle(document.querySelector('.paper')).backgroundColor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_each_look_is_what_such_a_mail_program_shows(
    app: App, web: object, issue_id: int, browser: Browser
) -> None:
    signed_in(app, web)  # type: ignore[arg-type]
    with serving(app) as address:
        page = browser.new_page(color_scheme="dark")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        _sign_in(page, address)
        page.goto(f"{address}/desk/issues/{issue_id}")
        paper = {look: _paper(page, address, issue_id, look, asked) for look in LookOfMail}
        page.goto(f"{address}/desk/issues/{issue_id}?look=inverted")
        assert page.frame_locator("iframe").locator("html").evaluate("e => getComputedStyle(e).filter") != "none"
        page.close()
    assert paper[LookOfMail.LIGHT] == paper[LookOfMail.INVERTED] == paper[LookOfMail.NO_PICTURES]
    assert paper[LookOfMail.DARK] == "rgb(29, 28, 26)"


def _paper(page: Page, address: str, issue_id: int, look: LookOfMail, asked: list[str]) -> str:
    """Return the colour of the letter's paper; without pictures none must be asked for."""
    asked.clear()
    page.goto(f"{address}/desk/issues/{issue_id}/preview/html?look={look}")
    pictures = [url for url in asked if url.endswith(".jpg")]
    assert bool(pictures) is (look is not LookOfMail.NO_PICTURES)
    return str(page.evaluate(_PAPER))


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/desk/sign-in")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/desk/")


@pytest.mark.parametrize("html", ['<img alt="x" src="a.png">', "<IMG SRC='a.png' srcset=b.png alt=x>"])
def test_pictures_lose_their_source_and_keep_their_words(html: str) -> None:
    told = shown(f"<p style='background: url(a.png)'>{html}</p>", LookOfMail.NO_PICTURES)
    assert "a.png" not in told
    assert "b.png" not in told
    assert ("alt" in told) == ("alt" in html)
