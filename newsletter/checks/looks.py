"""Checks of how the final HTML looks: contrast in the light and in the dark, and CSS that mail programs ignore."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import cssutils
from cssselect import SelectorError
from lxml.html import HtmlElement

from newsletter.checks.contrast import parsed, ratio
from newsletter.checks.copy import Copy, Print
from newsletter.checks.said import Said

LEAST: Final = 4.5  # WCAG 2.2, 1.4.3
LEAST_LARGE: Final = 3.0  # from 24 pixels on, or 18.66 in bold
_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")
_SIZE = re.compile(r"([\d.]+)px")
_SHOWN = 3  # texts that are named
_HIDDEN = 2  # pixels
_BOLD = {"bold", "600", "700", "800", "900"}

Styles = Mapping[HtmlElement, dict[str, str]]


def light_contrast(copy: Copy) -> Iterator[Said]:
    """Text that is hard to read on what lies behind it."""
    yield from _faint(copy.prints[0], "in the light", {})


def dark_contrast(copy: Copy) -> Iterator[Said]:
    """The same where a mail program applies the letter's own dark rules."""
    yield from _faint(copy.prints[0], "in the dark", _dark(copy.prints[0]))


def ignored_css(copy: Copy) -> Iterator[Said]:
    """Properties that a major mail program does without (facts: caniemail.com)."""
    used = set().union(*(_used(each.message.html) for each in copy.prints))
    by_client: dict[str, list[str]] = {}
    for name in sorted(used & _ignored().keys()):
        for client in _ignored()[name]:
            by_client.setdefault(client, []).append(name)
    for client, names in by_client.items():
        yield Said(f"{client} ignores {', '.join(names)}.", "See that the letter reads well without.")


@cache
def _ignored() -> Mapping[str, list[str]]:
    told: Mapping[str, Mapping[str, list[str]]] = json.loads(
        (files("newsletter.checks") / "caniemail.json").read_text(encoding="utf-8")
    )
    return told["ignored"]


def _used(html: str) -> set[str]:
    """Return the properties and the values with a name of their own that an HTML part's styles use."""
    declared = re.findall(r"([a-z-]+)\s*:\s*([^;}\"]+)", " ".join(_styles(html)))
    found = {name for name, _ in declared}
    found |= {f"display: {value.split()[0]}" for name, value in declared if name == "display" and value.split()}
    return found | {f"{function}()" for _, value in declared for function in re.findall(r"([a-z-]+)\(", value)}


def _styles(html: str) -> Iterator[str]:
    yield from re.findall(r"<style\b[^>]*>(.*?)</style>", html, re.DOTALL | re.IGNORECASE)
    yield from (f"{each};" for each in re.findall(r"\bstyle=\"([^\"]*)\"", html))


def _faint(each: Print, where: str, overrides: Styles) -> Iterator[Said]:
    texts = {text: value for text, value, least in _contrasts(each.page.body, _PLAIN, overrides) if value < least}
    if not texts:
        return
    worst = sorted(texts, key=lambda text: texts[text])[:_SHOWN]
    shown = "; ".join(f"“{text[:40]}” ({texts[text]:.1f})" for text in worst)
    number = "1 text" if len(texts) == 1 else f"{len(texts)} texts"
    yield Said(
        f"{number} can hardly be read {where}: {shown}. WCAG asks for {LEAST}.",
        "Choose a stronger colour in the template or theme.",
    )


def _dark(each: Print) -> Styles:
    """Return what the rules for the dark say of each element, `!important` or not: inline styles lose to them."""
    found: dict[HtmlElement, dict[str, str]] = {}
    for sheet in each.page.iterfind(".//style"):
        for rule in _rules(sheet.text or ""):
            for selector in rule.selectorText.split(","):
                for element in _selected(each.page, selector.strip()):
                    styles = found.setdefault(element, {})
                    styles.update({name.name: name.value for name in rule.style if name.priority == "important"})
    return found


def _rules(css: str) -> Iterator[cssutils.css.CSSStyleRule]:
    for rule in cssutils.parseString(css, validate=False):
        if rule.type == rule.MEDIA_RULE and _DARK.search(rule.media.mediaText):
            yield from (each for each in rule if each.type == each.STYLE_RULE)


def _selected(page: HtmlElement, selector: str) -> list[HtmlElement]:
    try:
        return list(page.cssselect(selector))
    except (SelectorError, ValueError):
        return []


@dataclass(frozen=True, slots=True)
class _Ink:
    """How text is printed at some place."""

    colour: str
    behind: str
    size: float  # pixels
    bold: bool

    def within(self, style: Mapping[str, str], bgcolor: str) -> _Ink:
        """Return how it is printed inside an element of that style."""
        size = _SIZE.fullmatch(style.get("font-size", ""))
        return _Ink(
            style.get("color", self.colour),
            _background(style) or bgcolor or self.behind,
            float(size[1]) if size else self.size,
            style.get("font-weight", "bold" if self.bold else "") in _BOLD,
        )

    def contrast(self) -> tuple[float, float] | None:
        """Return the contrast and the least that is needed; None where there is nothing to read.

        Text in the colour of what lies behind it is hidden on purpose, as the preheader is.
        """
        front, back = parsed(self.colour), parsed(self.behind)
        if not front or not back or front == back or self.size <= _HIDDEN:
            return None
        is_large = self.size >= 24 or (self.bold and self.size >= 18.66)
        return ratio(front, back), LEAST_LARGE if is_large else LEAST


_PLAIN = _Ink("#000", "#fff", 16, bold=False)


def _contrasts(element: HtmlElement, outer: _Ink, overrides: Styles) -> Iterator[tuple[str, float, float]]:
    """Yield each visible text with its contrast, and the least that it needs."""
    style = _declared(element.get("style", "")) | overrides.get(element, {})
    if style.get("display") == "none" or style.get("visibility") == "hidden":
        return
    ink = outer.within(style, element.get("bgcolor", ""))
    for child in (None, *element):
        if child is not None and isinstance(child.tag, str) and child.tag not in {"style", "script"}:
            yield from _contrasts(child, ink, overrides)
        text = " ".join(((element.text if child is None else child.tail) or "").split())
        if text and (found := ink.contrast()):
            yield text, *found


def _declared(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";"))
    return {name.strip().lower(): value.replace("!important", "").strip() for name, _, value in pairs if value}


def _background(style: Mapping[str, str]) -> str:
    return style.get("background-color") or style.get("background", "").split(" ")[0]
