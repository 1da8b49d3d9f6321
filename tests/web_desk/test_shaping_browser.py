"""Shaping in a real browser, under the desk's policy: by keyboard, by mouse, and two editors at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.app import App
from newsletter.editors import accounts
from newsletter.editors.roles import Role
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from tests.browser.chromium import chromium
from tests.web_desk.conftest import PASSWORD
from tests.web_desk.serving import serving

pytestmark = pytest.mark.browser

SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def told() -> list[str]:
    """What was written to the console."""
    return []


@pytest.fixture
def at_issue(app: App, issue_id: int, browser: Browser, told: list[str]) -> Iterator[SignIn]:
    """Opens the issue's page as an editor of that name, each in a browser of their own."""
    with app.database.writing() as rows:
        for name in ("ines", "mara"):
            email = f"{name}@desk.example"
            accounts.add_editor(rows, email, name.title(), PASSWORD, app.clock.now(), role=Role.EDITOR)
    with serving(app) as address:
        contexts = []

        def sign_in(name: str) -> Page:
            contexts.append(browser.new_context(viewport={"width": 1440, "height": 1000}))
            page = contexts[-1].new_page()
            page.on("console", lambda message: told.append(message.text))
            page.on("pageerror", lambda error: told.append(str(error)))
            page.goto(f"{address}/desk/sign-in?next=/desk/issues/{issue_id}")
            page.get_by_label("Address").fill(f"{name}@desk.example")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_selector("#board")
            return page

        yield sign_in
        for context in contexts:
            context.close()


def titles(page: Page) -> list[str]:
    """The stories' numbers in reading order."""
    return [words.split()[2] for words in page.locator("#board ol .story h4").all_inner_texts()]


def drafted(app: App, issue_id: int) -> list[str]:
    with app.database.reading() as rows:
        draft = store.draft(rows, app.settings, rows.get_one(IssueRow, issue_id))
    return [story.title.split()[2] for story in draft.stories]


def quiet(told: list[str]) -> list[str]:
    """Leave out that pictures of the samples are nowhere, and that a conflict was answered with its status."""
    return [words for words in told if "ERR_" not in words and "status of 409" not in words]


def test_by_keyboard_and_mouse(app: App, at_issue: SignIn, issue_id: int, told: list[str]) -> None:
    page = at_issue("ines")
    assert titles(page) == drafted(app, issue_id) == ["0", "3", "1", "4", "2"]
    page.focus("#up-5")
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_have_text("“Story number 4 of the day” is 1 of 2 in Culture.")
    assert titles(page) == drafted(app, issue_id) == ["0", "3", "4", "1", "2"]
    expect(page.locator("#up-5")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#news")).to_have_text("“Story number 4 of the day” is 2 of 2 in City.")
    expect(page.locator("#up-5")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#news")).to_have_text("Taken back: moved a story up.")
    assert drafted(app, issue_id) == ["0", "3", "4", "1", "2"]
    page.drag_and_drop("#story-3 img", "#story-4", target_position={"x": 120, "y": 6})
    expect(page.locator("#news")).to_have_text("“Story number 2 of the day” is 1 of 2 in City.")
    assert titles(page) == drafted(app, issue_id) == ["0", "2", "3", "4", "1"]
    assert quiet(told) == []


def test_a_headline_is_rewritten_and_saves_itself(
    app: App, at_issue: SignIn, issue_id: int, told: list[str]
) -> None:
    page = at_issue("ines")
    page.get_by_role("link", name="Rewrite “Story number 1 of the day”").click()
    page.get_by_label("Headline").fill("")
    page.get_by_label("Headline").press_sequentially("The quay gives way")
    expect(page.locator("#state-headline-2")).to_contain_text("Saved at 17:00:00")
    page.get_by_role("link", name="Back to the issue").click()
    expect(page.locator("#story-2 h4 a")).to_contain_text("The quay gives way")
    page.get_by_label("Subject").fill("What the storm left of the quay, and who pays for it now")
    expect(page.locator("[data-of=text-subject]")).to_have_class("room far over")
    expect(page.locator("#state-subject")).to_contain_text("Saved at")
    expect(page.locator("#inbox .inbox-subject")).to_have_text(
        "What the storm left of the quay, and who pays for it now"
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("What the storm left")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name="The quay gives way")).to_be_visible()
    assert quiet(told) == []


def test_two_editors_at_once(app: App, at_issue: SignIn, issue_id: int, told: list[str]) -> None:
    ines = at_issue("ines")
    mara = at_issue("mara")
    expect(mara.locator("#presence")).to_contain_text("Ines has this issue open too.")
    ines.get_by_label("Subject").fill("Hers")
    expect(ines.locator("#state-subject")).to_contain_text("Saved at")
    mara.get_by_label("Subject").fill("His")
    choice = mara.locator("#state-subject .choice")
    expect(choice).to_contain_text("Ines changed it")
    assert [each.inner_text() for each in choice.locator("dd").all()] == ["Hers", "His"]
    choice.get_by_role("button", name="Take mine").click()
    expect(mara.locator("#state-subject")).to_contain_text("Saved at")
    ines.click("#down-2")
    expect(ines.locator("#news")).to_contain_text("is 2 of 2 in Culture")
    mara.click("#up-5")
    expect(mara.locator("#choice")).to_contain_text("Order of culture by Ines")
    mara.click("#theirs")
    expect(mara.locator("#choice")).to_have_count(0)
    assert titles(mara) == drafted(app, issue_id) == ["0", "3", "4", "1", "2"]
    assert quiet(told) == []
