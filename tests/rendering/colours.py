"""Contrast as WCAG 2 reckons it, for every text of a rendered page, in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bs4 import BeautifulSoup, NavigableString, Tag

Rules = Mapping[str, Mapping[str, str]]


def declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def dark_rules(html: str) -> Rules:
    """The class rules of the page's dark block."""
    block = re.search(r"prefers-color-scheme: dark\) \{(.*?)\n\}", html, re.DOTALL)
    assert block
    rules: dict[str, dict[str, str]] = {}
    for selectors, style in re.findall(r"([^{}]+)\{([^{}]*)\}", block[1]):
        for selector in selectors.split(","):
            rules.setdefault(selector.strip().removeprefix("."), {}).update(declarations(style))
    return rules


def contrasts(html: str, overrides: Rules) -> Iterator[tuple[str, float]]:
    """Each visible text with the contrast of its colour to what lies behind it."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    yield from _walk(body, "#000000", "#ffffff", overrides)


def ratio(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _walk(tag: Tag, colour: str, behind: str, overrides: Rules) -> Iterator[tuple[str, float]]:
    style = declarations(str(tag.get("style", "")))
    for name in tag.get_attribute_list("class"):
        style |= overrides.get(str(name), {})
    if style.get("display") == "none":
        return
    colour, behind = style.get("color", colour), style.get("background-color", behind)
    if tag.name == "img":
        yield f"[{tag['alt']}]", ratio(colour, behind)
    for child in tag.children:
        if isinstance(child, Tag):
            yield from _walk(child, colour, behind, overrides)
        elif type(child) is NavigableString and child.strip("\xa0 \n\r\t"):
            yield str(child).strip(), ratio(colour, behind)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
