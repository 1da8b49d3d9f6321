"""Every check by its name. How much its findings weigh stands in `domain.finding`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from newsletter.checks import letter, links, looks, stories, words
from newsletter.checks.copy import Copy
from newsletter.checks.said import Said
from newsletter.domain.finding import CHECKS, Finding, Level

Look = Callable[[Copy], Iterable[Said]]

_WEIGHT = {Level.STOP: 0, Level.WARNING: 1, Level.NOTE: 2}

LOOKS: Final[Mapping[str, Look]] = {
    "empty-values": letter.empty_values,
    "way-out": letter.way_out,
    "text-part": letter.text_part,
    "clipped": letter.clipped,
    "dead-links": links.dead,
    "moved-links": links.redirected,
    "broken-pictures": links.broken_pictures,
    "heavy-pictures": links.heavy,
    "picture-sizes": links.sizes,
    "picture-descriptions": stories.alternatives,
    "picture-credits": stories.uncredited,
    "lead-picture": stories.pictures,
    "standfirsts": stories.standfirsts,
    "bylines": stories.bylines,
    "changed": stories.changed,
    "withdrawn": stories.withdrawn,
    "empty-sections": stories.empty_sections,
    "twice": words.twice,
    "languages": words.languages,
    "broken-signs": words.emoji,
    "capitals": words.capitals,
    "subject": words.subject,
    "preheader": words.preheader,
    "spam-words": letter.spam,
    "contrast": looks.light_contrast,
    "dark-contrast": looks.dark_contrast,
    "ignored-css": looks.ignored_css,
}


def check(copy: Copy, levels: Mapping[str, Level | None]) -> tuple[Finding, ...]:
    """Return what all checks find, the weightiest first. `levels` are those set otherwise; None is off."""
    return tuple(sorted(_found(copy, {**CHECKS, **levels}), key=lambda finding: _WEIGHT[finding.level]))


def _found(copy: Copy, levels: Mapping[str, Level | None]) -> Iterator[Finding]:
    for name, look in LOOKS.items():
        if level := levels[name]:
            yield from (Finding(name, level, said.sentence, said.mend, said.article_id) for said in look(copy))
