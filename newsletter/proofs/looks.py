"""How mail programs show the same HTML: by its own rules for the dark, inverted, without pictures. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class LookOfMail(StrEnum):
    """A way of showing a letter."""

    LIGHT = "light"  # in the light
    DARK = "dark"  # by the letter's own rules for the dark, as Apple Mail does
    INVERTED = "inverted"  # colours turned round whatever the letter says, as some Outlooks and Gmail apps do
    NO_PICTURES = "no-pictures"  # in the light, before the reader lets pictures be loaded


_IN_THE_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_HEAD_ENDS = re.compile(r"</head\s*>", re.IGNORECASE)
_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"\s(?:src|srcset)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_FETCHED = re.compile(r"url\([^)]*\)", re.IGNORECASE)
_TURNED = "filter: invert(1) hue-rotate(180deg)"
_TURN = f"<style>html {{ background: #fff; {_TURNED} }} img {{ {_TURNED} }}</style>"


def shown(html: str, look: LookOfMail) -> str:
    """Return the HTML part so that a browser shows it as such a program would, whatever its own scheme."""
    if look is LookOfMail.DARK:
        return _IN_THE_DARK.sub("@media all", html)
    light = _IN_THE_DARK.sub("@media not all", html)
    if look is LookOfMail.INVERTED:
        return _HEAD_ENDS.sub(lambda end: _TURN + end[0], light, count=1)
    if look is LookOfMail.NO_PICTURES:
        return _PICTURE.sub(lambda picture: _SOURCE.sub("", picture[0]), _FETCHED.sub("none", light))
    return light
