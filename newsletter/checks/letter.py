"""Checks of the final bytes: size, what must stand in every letter, what must stand in none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.copy import Copy, Print
from newsletter.checks.said import Said
from newsletter.rendering.message import CLIPPED_ABOVE

_EMPTY = re.compile(r"\b(undefined|None|NaN|null)\b(?=\s*(?:$|[.,:;!?<]))|\{\{|\}\}|\{%|\[object ")
_SUSPICIOUS = re.compile(
    r"\b(act now|buy now|click here|100 ?% free|risk[- ]free|you have been selected|winner!|limited time offer"
    r"|earn money|no obligation)\b|!!!|\$\$\$",
    re.IGNORECASE,
)
_LEAST_TEXT = 80  # characters of a text part that says something


def clipped(copy: Copy) -> Iterator[Said]:
    """Gmail shows 102 KB of HTML and hides the rest, with the link to leave in it."""
    for each in copy.prints:
        if each.message.is_clipped:
            kilobytes = each.message.html_size / 1024
            yield Said(
                f"The HTML for {each.label} has {kilobytes:.0f} KB; Gmail hides what comes after "
                f"{CLIPPED_ABOVE // 1024} KB.",
                "Drop stories, or list some by headline only (maximum_also).",
            )


def empty_values(copy: Copy) -> Iterator[Said]:
    """A template printed a value that is not there."""
    for each in copy.prints:
        for where, words in (
            ("subject", each.message.subject),
            ("HTML", _words(each)),
            ("text", each.message.text),
        ):
            if found := _EMPTY.search(words):
                yield Said(
                    f"The {where} for {each.label} says “{_around(words, found)}”, which no person wrote.",
                    "Mend the template, or the story it comes from.",
                )
        if not each.message.subject.strip():
            yield Said(f"The letter for {each.label} has no subject.", "Write one.")
        if any(not anchor.get("href", "").strip() for anchor in each.page.iterfind(".//a")):
            yield Said(f"The letter for {each.label} has a link that leads nowhere.", "Mend the template.")


def way_out(copy: Copy) -> Iterator[Said]:
    """Readers must find how to leave, and who writes to them, in both parts."""
    address = " ".join(copy.site.postal_address.split())
    for each in copy.prints:
        html = " ".join(_words(each).split())
        links = [anchor.get("href", "") for anchor in each.page.iterfind(".//a")]
        if not any("/unsubscribe/" in link for link in links) or not _leaves(each):
            yield Said(
                f"The letter for {each.label} has no link to unsubscribe.", "Put it back into the template."
            )
        if address and (address not in html or address not in " ".join(each.message.text.split())):
            yield Said(f"The letter for {each.label} lacks the postal address.", "Put it back into the template.")
    if not address:
        yield Said("No postal address is configured.", "Name one in [site] postal_address.")


def text_part(copy: Copy) -> Iterator[Said]:
    """The text part must say what the HTML says."""
    for each in copy.prints:
        words = " ".join(each.message.text.split())
        if len(words) < _LEAST_TEXT:
            yield Said(f"The text part for {each.label} is nearly empty.", "Mend issue.txt.")
        if re.search(r"</?(p|div|br|a|span|td)\b[^>]*>", each.message.text):
            yield Said(f"The text part for {each.label} has HTML in it.", "Mend issue.txt, or the story.")


def spam(copy: Copy) -> Iterator[Said]:
    """Words that filters have learned to dislike, where readers see them first."""
    seen = f"{copy.draft.subject} {copy.draft.preheader}"
    for found in _SUSPICIOUS.finditer(seen):
        yield Said(
            f"“{found[0]}” in the subject or the preheader looks like advertising to filters.", "Reword it."
        )


def _leaves(each: Print) -> bool:
    return any(name.lower() == "list-unsubscribe" for name, _ in each.message.headers)


def _words(each: Print) -> str:
    return " ".join(each.page.xpath("//body//text()[not(ancestor::style)]"))


def _around(words: str, found: re.Match[str]) -> str:
    return " ".join(words[max(0, found.start() - 20) : found.end() + 10].split())
