"""An editor's evening in a real browser: the draft by mail, reordered, reworded, tried, held, released, sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter import shipped
from newsletter.clock import SystemChance, SystemClock
from newsletter.daemon import Daemon
from newsletter.demo import evening
from newsletter.demo.stage import ANY_PORTS, Stage, set_up
from newsletter.editors import accounts
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, confirm, sign_up
from tests.browser.chromium import chromium
from tests.browser.test_journey import PASSWORD, open_mail, running

EDITOR = "ed@ledger.example"
SUBJECT = "What the night ferry will cost, and who pays for it"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The demo's newsroom with an editor and a reader; tonight's issue is built, and leaves in hours."""
    example = shipped.example_config()
    with set_up(tmp_path, example, ports=ANY_PORTS, clock=SystemClock(), chance=SystemChance()) as stage:
        evening.collect_articles(stage)
        now, tokens = stage.app.clock.now(), stage.app.tokens
        with stage.app.database.writing() as session:
            accounts.add_editor(session, EDITOR, "Ed", PASSWORD, now)
            wish = SignUp("ada@reader.example", stage.newsletter.slug, "Ada Quill")
            asked = sign_up(session, tokens, wish, Evidence("form"), now, mails_per_day=3)
            confirm(session, asked.id, Evidence("link"), now)
        evening.build(stage)
        with running(Daemon(stage.app)):
            yield stage


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(30_000)
        yield page


def test_an_evening_at_the_desk(stage: Stage, page: Page) -> None:
    sign_in(stage, page)
    reorder_by_keyboard(page)
    reword(page)
    look_in_the_dark(page)
    try_it(stage, page)
    hold_and_release(stage, page)
    read_it(stage, page)


def sign_in(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.web_url}/desk/")
    page.get_by_label("E-mail address").fill(EDITOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Open the issue").click()


def reorder_by_keyboard(page: Page) -> None:
    before = page.locator("#board ol .story h4").all_inner_texts()
    page.locator("#board ol:has(.story + .story) .story + .story button[value=up]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_contain_text("is 1 of", timeout=30_000)
    assert page.locator("#board ol .story h4").all_inner_texts() != before


def reword(page: Page) -> None:
    page.get_by_label("Subject", exact=True).fill(SUBJECT)
    expect(page.locator("#state-subject")).to_contain_text("Saved at", timeout=30_000)


def look_in_the_dark(page: Page) -> None:
    page.get_by_role("link", name="Dark, by its own rules").click()
    paper = page.frame_locator("iframe").locator(".paper").first
    expect(paper).to_have_css("background-color", "rgb(29, 28, 26)", timeout=30_000)


def try_it(stage: Stage, page: Page) -> None:
    issue = page.url
    page.locator("#to").press("Enter")
    expect(page.locator(".flash.done")).to_contain_text(EDITOR, timeout=30_000)
    open_mail(stage, page, re.escape(f"[Test] {SUBJECT}"))
    page.goto(issue)


def hold_and_release(stage: Stage, page: Page) -> None:
    page.get_by_label("Why").first.fill("The mayor calls back")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator(".badge.held").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.locator(".badge.approved").first).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Send now").or_(page.get_by_role("button", name="Send now")).first.click()
    page.get_by_role("button", name="Send now").click()
    expect(page.locator(".flash.done")).to_contain_text("due at once", timeout=30_000)
    for _ in range(30):
        if page.locator(".badge.sent").count():
            break
        SystemClock().sleep(1)
        page.reload()
    expect(page.locator(".badge.sent").first).to_be_visible(timeout=30_000)


def read_it(stage: Stage, page: Page) -> None:
    open_mail(stage, page, f"^(?!.*(Test|Tonight)).*{re.escape(SUBJECT)}")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Ada Quill")
    page.goto(f"{stage.mailbox_url}/")
    expect(page.get_by_role("link", name=re.compile("Tonight at "))).to_have_count(1)
