"""CSS into style attributes, as mail programs need it. Once for each letter, never for each reader."""

from __future__ import annotations

import logging
import re

from premailer import Premailer

_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.IGNORECASE | re.DOTALL)
_STYLESHEET_LINK = re.compile(r"<link\b[^>]*\bstylesheet\b", re.IGNORECASE)


class UnsafeStyle(Exception):
    """A template asks for a style sheet from elsewhere, which would be fetched while an issue is made."""


def inline(html: str) -> str:
    """Return the page with the rules of its `<style>` elements written into its elements.

    `<style data-premailer="ignore">` stays as it is: rules for media and dark mode belong there, because premailer
    would strip or reorder them. Touches neither network nor files. Raises UnsafeStyle for `@import` and for
    linked style sheets (cssutils would fetch an import whatever premailer is told).
    """
    if any("@import" in css.replace("\\", "").lower() for css in _STYLE.findall(html)):
        raise UnsafeStyle("a style sheet in a mail template must not use @import: write the rules into it")
    if _STYLESHEET_LINK.search(html):
        raise UnsafeStyle("a mail template must not link a style sheet: include it in a <style> element")
    page = Premailer(
        html,
        strip_important=False,
        disable_basic_attributes=["width", "height"],  # "height: auto" would overwrite the picture's own height
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL + 1,
        allow_network=False,
        allow_loading_external_files=False,
        align_floating_images=False,
    )
    return str(page.transform(pretty_print=False))
