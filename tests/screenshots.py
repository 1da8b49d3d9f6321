"""Pictures of tonight's issue and of every page, narrow, wide and dark: `make screenshots`.

They are taken from the demo, so that anyone can look at what a reader and an editor see.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page
from rich.console import Console

from newsletter import shipped
from newsletter.clock import SystemChance, SystemClock
from newsletter.daemon import Daemon
from newsletter.demo import evening
from newsletter.demo.journey import journey
from newsletter.demo.mailbox import Mail
from newsletter.demo.stage import ANY_PORTS, Stage, set_up
from newsletter.editors import accounts
from subscribers.audience import readers
from subscribers.tokens import Purpose
from tests.browser.chromium import chromium

EDITOR, PASSWORD = "ed@ledger.example", "a long enough password"


@dataclass(frozen=True)
class Look:
    """A way of looking at a page."""

    name: str
    width: int
    scheme: Literal["light", "dark"]
    language: str = "en"  # the browser's


LOOKS = (Look("narrow", 390, "light"), Look("wide", 1280, "light"), Look("dark", 800, "dark"))


def main(folder: Path, language: str) -> None:
    """Take every picture and say where they are."""
    looks = [replace(look, language=language) for look in LOOKS]
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        with _stage() as stage:
            _desk_before(stage, browser, folder)
        with _stage() as stage:
            journey(stage, Console(quiet=True))
            _add_editor(stage)
            pages = _addresses(stage)
            for look in looks:
                _walk(stage, browser, look, pages, folder)
    _together(folder, folder / "issue.png")
    Console().print(f"{len(list(folder.glob('*.png')))} pictures are in {folder.resolve()}", soft_wrap=True)


@contextmanager
def _stage() -> Iterator[Stage]:
    with (
        TemporaryDirectory() as place,
        set_up(
            Path(place), shipped.example_config(), ports=ANY_PORTS, clock=SystemClock(), chance=SystemChance()
        ) as stage,
    ):
        yield stage


def _desk_before(stage: Stage, browser: Browser, folder: Path) -> None:
    """Look at the desk while tonight's issue is a draft."""
    evening.collect_articles(stage)
    issue = evening.build(stage)
    Daemon(stage.app).beat()
    _add_editor(stage)
    for look in LOOKS:
        page = _page(browser, look)
        _sign_in(stage, page)
        _take(page, f"{stage.web_url}/desk/", folder / f"desk-tonight-before-{look.name}.png")
        _take(page, f"{stage.web_url}/desk/issues/{issue.id}", folder / f"desk-draft-{look.name}.png")
        page.context.close()


def _add_editor(stage: Stage) -> None:
    with stage.app.database.writing() as session:
        accounts.add_editor(session, EDITOR, "Ed", PASSWORD, stage.app.clock.now())


def _addresses(stage: Stage) -> dict[str, str]:
    web, slug = stage.web_url, stage.newsletter.slug
    with stage.app.database.reading() as session:
        number = next(iter(session.scalars(readers(slug))))
    now = stage.app.clock.now()
    tokens = {purpose: stage.app.tokens.sign(purpose, number, now) for purpose in Purpose}
    confirmation, issue = _mails(stage)
    return {
        "newsroom-front": f"{stage.newsroom_url}/",
        "newsroom-article": f"{stage.newsroom_url}{stage.lead.path}",
        "mailbox": f"{stage.mailbox_url}/?still",
        "mailbox-mail": f"{stage.mailbox_url}/mail/{issue.name}",
        "issue": f"{stage.mailbox_url}/mail/{issue.name}/html",
        "confirmation-mail": f"{stage.mailbox_url}/mail/{confirmation.name}/html",
        "sign-up-all": f"{web}/",
        "sign-up": f"{web}/subscribe/{slug}",
        "embed": f"{web}/subscribe/{slug}/embed",
        "confirm": f"{web}/confirm/{tokens[Purpose.CONFIRM]}",
        "preferences": f"{web}/preferences/{tokens[Purpose.PREFERENCES]}",
        "unsubscribe": f"{web}/unsubscribe/{tokens[Purpose.UNSUBSCRIBE]}",
        "erase": f"{web}/preferences/{tokens[Purpose.PREFERENCES]}/erase",
        "ask-for-link": f"{web}/preferences",
        "privacy": f"{web}/privacy",
        "dead-link": f"{web}/unsubscribe/cut",
        "not-found": f"{web}/nothing",
        "desk-tonight": f"{web}/desk/",
        "desk-issues": f"{web}/desk/issues",
        "desk-sources": f"{web}/desk/sources",
        "desk-account": f"{web}/desk/account",
        "desk-accounts": f"{web}/desk/accounts",
        "desk-log": f"{web}/desk/log",
        "desk-issue": f"{web}/desk/issues/1",
        "desk-readers": f"{web}/desk/readers",
        "desk-reader": f"{web}/desk/readers/1",
        "desk-imports": f"{web}/desk/readers/imports",
        "desk-figures": f"{web}/desk/figures",
        "desk-keys": f"{web}/desk/keys",
        "desk-webhooks": f"{web}/desk/webhooks",
    }


def _mails(stage: Stage) -> tuple[Mail, Mail]:
    """Return a confirmation mail and an issue."""
    mails = list(stage.mailbox.mails())
    issues = [mail for mail in mails if mail.header("List-Id")]
    notices = [mail for mail in mails if not mail.header("List-Id")]
    return notices[0], issues[0]


def _walk(stage: Stage, browser: Browser, look: Look, pages: dict[str, str], folder: Path) -> None:
    page = _page(browser, look)
    _take(page, f"{stage.web_url}/desk/", folder / f"desk-sign-in-{look.name}.png")
    _sign_in(stage, page)
    for name, url in pages.items():
        _take(page, url, folder / f"{name}-{look.name}.png")
    page.context.close()


def _page(browser: Browser, look: Look) -> Page:
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.scheme, locale=look.language
    )
    return context.new_page()


def _sign_in(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.web_url}/desk/")
    page.get_by_label("E-mail address").fill(EDITOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _take(page: Page, url: str, file: Path) -> None:
    page.goto(url)
    page.screenshot(path=file, full_page=True)


def _together(folder: Path, file: Path) -> None:
    """Put the issue's three looks side by side, cut to the same height."""
    height, gap = 1100, 24
    pictures = [Image.open(folder / f"issue-{look.name}.png").convert("RGB") for look in LOOKS]
    pictures[1] = pictures[1].crop((240, 0, 1040, pictures[1].height))
    pictures = [picture.crop((0, 0, picture.width, min(height, picture.height))) for picture in pictures]
    sheet = Image.new("RGB", (sum(one.width + gap for one in pictures) - gap, height), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    sheet.save(file, optimize=True)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(Path(given.get(1, "screenshots")), given.get(2, "en"))
