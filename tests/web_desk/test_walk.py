"""Every page of the desk in a real browser: with nothing, with one story, and with sixty of awkward words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from newsletter.app import App
from newsletter.articles.tables import ArticleRow
from newsletter.doctor.keeping import keep
from newsletter.editors.tables import WindowKind
from newsletter.editors.window import owe
from newsletter.issues import store
from subscribers.tokens import Purpose
from tests.browser.chromium import chromium
from tests.web_desk.conftest import EMAIL, PASSWORD, DeskClient, signed_in
from tests.web_desk.examined import FOUND, RULES
from tests.web_desk.serving import serving
from tests.web_desk.shelves import KEY, put_on_shelf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WIDTHS = (360, 768, 1440)
AWKWARD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen مدينة الميناء <b>&amp;</b>"
# What stands in a route's address; a page whose example is missing here fails the walk by name.
EXAMPLES = {
    "issue_id": 1,
    "slug": "evening",
    "reader_id": 1,
    "name": "cancel",
    "table": "days",
    "story": 1,
    "form": "csv",
    "key": KEY,
    "number": 1,
    "editor_id": 1,
    "token": "no-link",
}
MORE = ["/desk/issues/1?part=source", "/desk/readers?q=reader"]  # pages that look otherwise when asked for more
_STICKS_OUT = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@dataclass(frozen=True)
class World:
    """How much there is to see, and how it is looked at."""

    stories: int
    width: int
    scheme: Literal["light", "dark"]


WORLDS = [World(0, 360, "dark"), World(1, 768, "light"), World(60, 1440, "light")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=WORLDS, ids=lambda world: f"{world.stories} stories, {world.scheme}")
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.param
    return found


@pytest.fixture
def filled(app: App, world: World, articles: Callable[[int], None], readers: Callable[[int], None]) -> App:
    """That world's stories and readers, and tonight's issue of them."""
    if not world.stories:
        return app
    articles(world.stories)
    put_on_shelf(world.stories, AWKWARD, app.clock.now())
    readers(world.stories)
    now, (evening, *_) = app.clock.now(), app.settings.newsletters
    with app.database.writing() as session:
        if world.stories > 1:
            title = ArticleRow.title + " " + AWKWARD
            session.execute(update(ArticleRow).values(title=title, standfirst=AWKWARD * 9))
        keep(session, FOUND, RULES, now)
        store.build(session, app.settings, replace(evening, minimum_articles=1), now.date(), now, actor="daemon")
    return app


@pytest.fixture
def desk(filled: App, web: Flask) -> DeskClient:
    """An administrator at the desk of that world."""
    return signed_in(filled, web)


def test_every_page_fits_every_screen_and_is_for_everybody(
    app: App, desk: DeskClient, world: World, browser: Browser
) -> None:
    every = [*paths(desk.http.application), *MORE, *([window_page(app)] if world.stories else [])]
    pages = [path for path in every if is_page(desk, path, world)]
    assert len(pages) > 5
    with serving(app) as address:
        page = browser.new_page(viewport={"width": world.width, "height": 900}, color_scheme=world.scheme)
        sign_in(page, address)
        faults = {path: found for path in pages if (found := seen(page, address + path, world))}
        page.close()
    assert faults == {}


def window_page(app: App) -> str:
    """Return where an editor's mail about tonight's issue leads to."""
    now = app.clock.now()
    with app.database.writing() as session:
        owe(session, 1, WindowKind.DRAFT, now)
    return f"/desk/window/{app.tokens.sign(Purpose.WINDOW, 1, now)}"


def paths(web: Flask) -> list[str]:
    """Return the address of each of the desk's pages, with an example for whatever it names."""
    place = web.url_map.bind("localhost")
    rules = [rule for rule in web.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    shown = [rule for rule in rules if "GET" in (rule.methods or ())]
    unknown = {(rule.rule, name) for rule in shown for name in rule.arguments if name not in EXAMPLES}
    assert unknown == set(), "name an example in EXAMPLES"
    return sorted(
        {place.build(rule.endpoint, {name: EXAMPLES[name] for name in rule.arguments}) for rule in shown}
    )


def is_page(desk: DeskClient, path: str, world: World) -> bool:
    """Tell whether there is a page of ours: no file, no stream, no way on; and without stories no issue."""
    answer = desk.get(path)
    answer.close()
    has_none = not world.stories or "/correction" in path  # a draft is edited, not corrected
    missing = {410} if "no-link" in path else {404, 409} if has_none else set()
    assert answer.status_code < 400 or answer.status_code in missing, path
    return answer.status_code == 200 and answer.mimetype == "text/html" and "preview" not in path


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/desk/sign-in")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/desk/")


def seen(page: Page, url: str, world: World) -> list[str]:
    """Return what is wrong with a page: what axe objects to, and at which widths it sticks out."""
    page.goto(url)
    rules = Axe().run(page).response["violations"]
    faults = [f"{rule['id']}: {node['html'][:200]}" for rule in rules for node in rule["nodes"]]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if (pixels := page.evaluate(_STICKS_OUT)) > 0:
            faults.append(f"sticks out by {pixels} px at {width}")
    page.set_viewport_size({"width": world.width, "height": 900})
    return faults
