"""The issue in a browser engine: no sideways scrolling on a phone, and dark where the reader wants it dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, sync_playwright

from newsletter.domain.issue import IssueDraft, SectionOfIssue
from tests.rendering.conftest import Print
from tests.rendering.reading import read
from tests.rendering.samples import ADA, DRAFT, FERRY, HEBREW, SCHOOLS, draft_of

pytestmark = pytest.mark.browser

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LONG = replace(
    DRAFT,
    lead=replace(FERRY, title=WORD, standfirst=WORD),
    sections=(SectionOfIssue("city", WORD, (replace(SCHOOLS, title=WORD, authors=(WORD,)), HEBREW)),),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [320, 360, 700])
@pytest.mark.parametrize("draft", [DRAFT, LONG, draft_of(1)], ids=["evening", "long words", "one story"])
def test_nothing_is_wider_than_the_screen(browser: Browser, printed: Print, draft: IssueDraft, width: int) -> None:
    html = read(printed(draft).stamp({**ADA, "address": f"{'a' * 64}@{'b' * 63}.example"})).html
    page = browser.new_page(viewport={"width": width, "height": 800}, offline=True)
    page.set_content(html, wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('.sheet').offsetWidth") == min(width, 600)
    page.close()


@pytest.mark.parametrize(("scheme", "colour"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(29, 28, 26)")])
def test_the_paper_follows_the_readers_wish(browser: Browser, printed: Print, scheme: str, colour: str) -> None:
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light", offline=True)
    page.set_content(read(printed(DRAFT).stamp(ADA)).html, wait_until="domcontentloaded")
    assert page.evaluate("getComputedStyle(document.querySelector('.paper')).backgroundColor") == colour
    page.close()
