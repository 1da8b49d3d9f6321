"""A reader's whole journey in a real browser: under an article, through the mailbox, to the issue, and out."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter import shipped
from newsletter.clock import SystemChance, SystemClock
from newsletter.daemon import Daemon
from newsletter.demo import evening
from newsletter.demo.stage import ANY_PORTS, Stage, set_up
from newsletter.editors import accounts
from subscribers.audience import count
from tests.browser.chromium import chromium

READER = "ada@reader.example"
PASSWORD = "a long enough password"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The demo's newsroom, mailbox and pages, with tonight's issue built and a daemon at work."""
    example = shipped.example_config()
    with set_up(tmp_path, example, ports=ANY_PORTS, clock=SystemClock(), chance=SystemChance()) as stage:
        evening.collect_articles(stage)
        evening.build(stage)
        with stage.app.database.writing() as session:
            accounts.add_editor(session, "ed@ledger.example", "Ed", PASSWORD, stage.app.clock.now())
        with running(Daemon(stage.app)):
            yield stage


@contextmanager
def running(daemon: Daemon) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=daemon.run, args=[stop])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(20_000)
        yield page


def test_from_the_form_under_an_article_to_one_click_out(stage: Stage, page: Page) -> None:
    sign_up(stage, page)
    confirm(stage, page)
    send_now_at_the_desk(stage, page)
    read_tonights_issue(stage, page)
    leave_with_one_click(stage, page)


def sign_up(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.newsroom_url}{stage.lead.path}")
    page.get_by_label("Your email address").fill(READER)
    page.get_by_label("Your name").fill("Ada Quill")
    page.get_by_role("button", name="Send me the evening letter").click()
    answer = page.locator(".newsletter-answer")  # the form's script waits until the gate lets it through
    expect(answer).to_contain_text("Look into your mailbox", timeout=20_000)


def confirm(stage: Stage, page: Page) -> None:
    open_mail(stage, page, "confirm")
    frame = page.frame_locator("iframe")
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Yes, send me").click()
    welcome = opened.value
    welcome.get_by_role("button", name="Yes, send it to me").click()
    expect(welcome.get_by_role("heading", level=1)).to_have_text("Welcome, Ada Quill")
    welcome.close()


def send_now_at_the_desk(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.web_url}/desk/")
    page.get_by_label("E-mail address").fill("ed@ledger.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Open the issue").click()
    page.get_by_role("link", name="Send now").or_(page.get_by_role("button", name="Send now")).first.click()
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("main")).to_contain_text("sen")


def read_tonights_issue(stage: Stage, page: Page) -> None:
    open_mail(stage, page, "^(?!.*Tonight at).*and \\d+ more")
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("Ada Quill")
    expect(frame.get_by_role("heading", name=stage.newsletter.title)).to_be_visible()
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator("pre")).to_contain_text("Good evening, Ada Quill.")


def leave_with_one_click(stage: Stage, page: Page) -> None:
    page.get_by_role("button", name="Unsubscribe with one click").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(f"{stage.web_url}/subscribe/{stage.newsletter.slug}")
    with stage.app.database.reading() as session:
        assert count(session, stage.newsletter.slug) == 0


def open_mail(stage: Stage, page: Page, subject: str) -> None:
    """Wait at the mailbox, which looks for new mail by itself, and open the mail."""
    page.goto(f"{stage.mailbox_url}/")
    link = page.get_by_role("link", name=re.compile(subject, re.IGNORECASE)).first
    link.wait_for(timeout=40_000)
    link.click()
