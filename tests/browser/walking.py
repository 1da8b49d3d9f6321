"""A walk through all readers' pages, and what was seen on it: looking is slow, asking what was seen is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from tests.browser.site import Site, Stop, tour

NARROW, WIDE = 320, 1280  # CSS pixels; WCAG 2.2, 1.4.10 asks for 320

_STICKS_OUT = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
_LARGER = "size => document.documentElement.style.fontSize = size"
_MOVING = (
    "[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration)).length"
)
_EDGELESS = """[...document.querySelectorAll('button, .note, [aria-invalid]')]
  .filter(e => !getComputedStyle(e).borderStyle.includes('solid')).map(e => e.outerHTML)"""


@dataclass(frozen=True)
class Look:
    """How somebody walks through the pages; `name` is the reader's own."""

    language: str
    width: int
    scheme: Literal["light", "dark"]
    name: str = "Ada Quill"


@dataclass(frozen=True)
class Sight:
    """What was seen of one page: axe's objections, by how many pixels it sticks out at which size.

    `words` is what the page itself says: no code, no form to copy, nothing that is marked as in another language;
    `moving` and `edgeless` are elements with a transition for who wants no motion, and buttons, notes and wrong
    fields without an edge where the reader's own colours are in force.
    """

    policy: str
    language: str | None
    direction: str
    words: str
    objections: tuple[str, ...]
    sticks_out: Mapping[str, int]
    moving: int
    edgeless: tuple[str, ...]


@dataclass
class Walk:
    """What was seen by page, which addresses were asked, and what the console said."""

    sights: dict[str, Sight] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # method, address
    said: list[str] = field(default_factory=list)


def walk(browser: Browser, site: Site, look: Look) -> Walk:
    """Walk through all pages."""
    context = browser.new_context(viewport={"width": look.width, "height": 800}, color_scheme=look.scheme)
    page, seen = context.new_page(), Walk()
    page.on("request", lambda request: seen.asked.append((request.method, request.url)))
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    for name, stop in tour(site, look.name).items():
        seen.sights[name] = _see(page, site, stop, look)
    context.close()
    return seen


def _see(page: Page, site: Site, stop: Stop, look: Look) -> Sight:
    page.set_viewport_size({"width": look.width, "height": 800})
    page.emulate_media(forced_colors="none", reduced_motion="no-preference", color_scheme=look.scheme)
    answer = stop.visit(page, site, look.language)
    objections, sticks_out = _objections(page), _sticks_out(page)
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    return Sight(
        policy=answer.headers["content-security-policy"],
        language=page.get_attribute("html", "lang"),
        direction=page.evaluate("getComputedStyle(document.querySelector('h1')).direction"),
        words=_words(page.content()),
        objections=tuple(objections),
        sticks_out=sticks_out,
        moving=page.evaluate(_MOVING),
        edgeless=tuple(page.evaluate(_EDGELESS)),
    )


def _words(html: str) -> str:
    page = BeautifulSoup(html, "html.parser")
    for other in page.select("body [lang], code, textarea, script, style"):
        other.decompose()
    return " ".join(page.get_text(" ").split())


def _objections(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in violations for node in each["nodes"]]


def _sticks_out(page: Page) -> dict[str, int]:
    found = {}
    for width, size in ((NARROW, "100%"), (2 * NARROW, "200%"), (WIDE, "200%")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(_LARGER, size)
        found[f"{size} at {width}"] = page.evaluate(_STICKS_OUT)
    return found
