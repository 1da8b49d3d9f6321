"""Every readers' page in a real browser: for everybody, at every width, in the light and in the dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.site import Site, Stop, newsroom, served
from tests.browser.walking import NARROW, WIDE, Look, Walk, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihung"
LOOKS = [Look("en", WIDE, "light"), Look("uk", NARROW, "dark")]
FROM_THE_RIGHT = Look("ar", NARROW, "light", name=LONG)
NO_PAGES = {
    f"public.{name}" for name in ("healthz", "click", "opened", "my_data", "archive_feed", "sitemap")
}  # what answers without a page of ours
FOCUSED = """() => {
  const it = document.activeElement, looks = getComputedStyle(it), box = it.getBoundingClientRect();
  return {name: it.name || it.getAttribute("href") || it.type || it.tagName,
          ring: looks.outlineStyle !== "none" && parseFloat(looks.outlineWidth) >= 2,
          seen: box.width > 1 && box.top >= 0};
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(newsroom(tmp_path_factory.mktemp("site"))) as site:
        yield site


@pytest.fixture(scope="module")
def walked(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Look], Walk]:
    """Walk once by each look; the one from right to left in a newsroom that calls everything by long words."""

    @cache
    def once(look: Look) -> Walk:
        with served(newsroom(tmp_path_factory.mktemp("site"), LONG if look is FROM_THE_RIGHT else "")) as site:
            return walk(browser, site, look)

    return once


@pytest.fixture(params=[*LOOKS, FROM_THE_RIGHT], ids=lambda look: f"{look.language}-{look.scheme}")
def seen(request: pytest.FixtureRequest, walked: Callable[[Look], Walk]) -> Walk:
    return walked(request.param)


def test_the_walk_leaves_no_page_out(site: Site, walked: Callable[[Look], Walk]) -> None:
    pages = {rule.endpoint for rule in site.web.url_map.iter_rules() if rule.endpoint.startswith("public.")}
    place = site.web.url_map.bind("localhost")
    asked = {(method, urlsplit(url).path) for method, url in walked(LOOKS[0]).asked}
    visited = {str(place.match(path, method)[0]) for method, path in asked if path != "/nothing"}
    assert pages - NO_PAGES - visited == set()


def test_axe_finds_nothing_to_object_to(seen: Walk) -> None:
    assert {name: sight.objections for name, sight in seen.sights.items() if sight.objections} == {}


def test_nothing_sticks_out_on_narrow_screens_or_with_text_of_twice_the_size(seen: Walk) -> None:
    assert {
        name: sight.sticks_out for name, sight in seen.sights.items() if max(sight.sticks_out.values()) > 0
    } == {}


def test_nothing_moves_for_who_wants_no_motion(seen: Walk) -> None:
    assert {name for name, sight in seen.sights.items() if sight.moving} == set()


def test_buttons_notes_and_wrong_fields_keep_an_edge_when_colours_are_forced(seen: Walk) -> None:
    assert {name: sight.edgeless for name, sight in seen.sights.items() if sight.edgeless} == {}


def test_every_page_speaks_the_language_asked_for(seen: Walk) -> None:
    assert len({(sight.language, sight.direction) for sight in seen.sights.values()}) == 1


def test_every_sentence_comes_from_the_catalogue(walked: Callable[[Look], Walk]) -> None:
    """That walk's catalogue puts ‹ and › around each; what stands outside are names."""
    sights = walked(FROM_THE_RIGHT).sights
    assert all("‹" in sight.words for sight in sights.values())
    found = {name: outside(sight.words) for name, sight in sights.items()}
    assert {name: those for name, those in found.items() if those} == {}


def outside(words: str) -> list[str]:
    names = rf"{LONG}|\S+@\S+\.example"
    words, more = re.sub(names, "", words), ""
    while words != more:  # a sentence may stand within a sentence
        words, more = re.sub("‹[^‹›]*›", "", words), words
    return re.findall(r"[^\W\d_]{2,}", words)


def test_the_pages_ask_nobody_else_and_the_console_is_silent(seen: Walk) -> None:
    assert len({url.split("/")[2] for _, url in seen.asked}) == 1
    # A page that is no page, or a form sent back, is an error to the console, and meant.
    meant = "Failed to load resource: the server responded with a status of 4"
    assert [words for words in seen.said if not words.startswith(meant)] == []


def test_every_policy_is_strict(seen: Walk) -> None:
    for policy in {sight.policy for sight in seen.sights.values()}:
        rules = [rule.split() for rule in policy.split(";")]
        assert ["default-src", "'none'"] in rules
        assert {source for _, *allowed in rules for source in allowed} <= {"'none'", "'self'"}


def test_the_keyboard_reaches_everything_in_order_and_the_focus_is_seen(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": NARROW, "height": 800})
    Stop("/").visit(page, site)
    steps = [step(page) for _ in range(10)]
    page.close()
    front = "https://ledger.example"
    assert [each["name"] for each in steps] == [
        "#main",
        front,
        "newsletters",
        "SUMMARY",
        "newsletters",
        "email",
        "name",
        "frequency",
        "language",
        "submit",
    ]
    assert [each for each in steps if not (each["ring"] and each["seen"])] == []


@pytest.mark.parametrize(("path", "wrong"), [("/", "newsletters"), ("/subscribe/evening", "email")])
def test_the_focus_goes_to_what_is_wrong(browser: Browser, site: Site, path: str, wrong: str) -> None:
    page = browser.new_page(viewport={"width": NARROW, "height": 800})
    Stop(path, {"email": "ada"}, sends=True).visit(page, site)
    assert page.evaluate(FOCUSED)["name"] == wrong
    page.close()


def test_a_newsrooms_sheet_paints_the_pages_with_its_own_pictures(browser: Browser, tmp_path: Path) -> None:
    settings, own = newsroom(tmp_path), tmp_path / "templates/web"
    (own / "own").mkdir()
    (own / "own/logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    sheet = ":root { --accent: rgb(0, 83, 155) } .brand a { background: url('own/logo.svg') }"
    (own / "newsroom.css").write_text(sheet)
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    with served(settings) as site, page.expect_response("**/static/own/logo.svg") as logo:
        Stop("/subscribe/evening").visit(page, site)
        assert logo.value.ok
        painted = page.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor")
        page.close()
    assert (painted, said) == ("rgb(0, 83, 155)", [])


def step(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    focused: dict[str, Any] = page.evaluate(FOCUSED)
    return focused


def test_the_skip_link_leads_past_the_masthead(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": NARROW, "height": 800})
    Stop("/subscribe/evening").visit(page, site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert step(page)["name"] == "email"
    page.close()
