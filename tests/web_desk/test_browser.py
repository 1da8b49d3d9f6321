"""The desk in a real browser: by keyboard alone, under its policy, at three widths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter.app import App
from newsletter.editors import accounts
from newsletter.web.desk.uploads.shelf import Shelf, Stage
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.signup import SignUp, confirm, sign_up
from tests.browser.chromium import chromium
from tests.conftest import SECRET
from tests.web_desk.conftest import EMAIL, PASSWORD
from tests.web_desk.serving import serving
from tests.web_desk.shelves import KEY, put_on_shelf

pytestmark = pytest.mark.browser


@pytest.fixture
def lively(app: App) -> App:
    """Readers who signed up on a page; one confirmed and left."""
    with app.database.writing() as rows:
        for number in range(3):
            proof = Evidence("form", "https://ledger.example/tide", "", "192.0.2.7", "Send me mail.", "2026-01")
            wish = SignUp(f"reader{number}@home.example", "evening", name="Reader")
            row = sign_up(rows, app.tokens, wish, proof, app.clock.now(), mails_per_day=3)
        confirm(rows, row.id, Evidence("link"), app.clock.now())
        unsubscribe(rows, row.id, Evidence("one_click"), app.clock.now(), reason="too_many")
    return app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def address(app: App) -> Iterator[str]:
    """Where the desk is served, over plain http, with one account."""
    with app.database.writing() as rows:
        accounts.add_editor(rows, EMAIL, "Ines Brandt", PASSWORD, app.clock.now())
    with serving(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page signed in by keyboard. Nothing may be written to the console."""
    page, told = browser.new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(f"{address}/desk/")
    page.wait_for_function("document.activeElement.id == 'email'")  # what is typed before is lost
    for text in (EMAIL, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab" if text == EMAIL else "Enter")
    page.wait_for_url(f"{address}/desk/")
    yield page
    page.close()
    # The sample stories' pictures are nowhere.
    assert [words for words in told if "ERR_" not in words] == []


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_hold_by_keyboard(page: Page, address: str, issue_id: int) -> None:
    page.goto(f"{address}/desk/issues/{issue_id}")
    _tab_to(page, "#reason-hold")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.type("The mayor has not answered")
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge.held")
    assert page.locator(".state .reason").inner_text() == "The mayor has not answered"


def test_the_mail_shows_in_its_frame(page: Page, address: str, issue_id: int) -> None:
    page.goto(f"{address}/desk/issues/{issue_id}")
    frame = page.frame_locator("iframe")
    assert frame.get_by_text("Story number 0 of the day").first.inner_text() == "Story number 0 of the day"
    page.get_by_label("Phone", exact=True).check()
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["width"] == 375


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keys_and_webhooks_fit_any_screen_and_axe_finds_nothing(
    page: Page, address: str, app: App, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    for path, field, words, box, button in (
        ("keys", "Which system will use it?", "Shop", "events:read", "Make a key"),
        ("webhooks", "Address", "https://shop.example/hooks", "subscription.erased", "Add the webhook"),
    ):
        page.goto(f"{address}/desk/{path}")
        page.get_by_role("textbox", name=field).fill(words)
        page.get_by_label(box).first.check()
        page.get_by_role("button", name=button).click()
        assert page.locator(".secret").is_visible()
        for folded in page.locator("summary").all():
            folded.click()
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        page.set_viewport_size({"width": 360, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_tables_behind_the_charts_are_opened_by_keyboard(page: Page, address: str, lively: App) -> None:
    page.goto(f"{address}/desk/figures")
    _tab_to(page, "summary")
    page.keyboard.press("Enter")
    assert page.get_by_role("region", name="Active readers as a table").is_visible()


def test_countdown_moves_with_the_servers_clock(page: Page, address: str, issue_id: int) -> None:
    page.goto(f"{address}/desk/issues/{issue_id}")
    page.wait_for_function("document.querySelector('[data-countdown]').textContent == '(in 1 h)'")


def test_a_file_of_readers_goes_in_by_the_browser(page: Page, address: str, app: App, tmp_path: Path) -> None:
    file = tmp_path / "fair.csv"
    file.write_text("email,name\nada@home.example,ليلى\nnonsense,x\n", encoding="utf-8")
    page.goto(f"{address}/desk/readers")
    page.get_by_role("link", name="Import").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Look through it").click()
    page.get_by_label("How did these readers agree?").fill("signed at the fair")
    page.get_by_role("button", name="Take in 1 reader").click()
    page.get_by_role("link", name="Whom it brought").click()
    page.get_by_role("link", name="ada@home.example").click()
    assert "agreeing to “signed at the fair”" in page.locator("#why ~ p").first.inner_text()


def test_work_on_a_file_shows_how_far_it_is_and_then_what_came_of_it(page: Page, address: str, app: App) -> None:
    put_on_shelf(3, "fair", app.clock.now())
    shelf = Shelf.of(SECRET)
    looked = shelf.get(KEY)
    shelf.write(replace(looked, stage=Stage.LOOKING))
    page.goto(f"{address}/desk/readers/imports/{KEY}")
    assert page.get_by_text("3 rows done").is_visible()
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in Axe().run(page).response["violations"]] == []
    shelf.write(looked)
    page.get_by_role("button", name="Take in 3 readers").wait_for()
