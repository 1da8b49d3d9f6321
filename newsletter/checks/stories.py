"""Checks of the stories: pictures with what belongs to them, changes at the source, empty sections."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.checks.copy import Copy
from newsletter.checks.said import Said


def alternatives(copy: Copy) -> Iterator[Said]:
    """A picture without a description says nothing to who does not see it."""
    for story in copy.illustrated:
        if story.image and not story.image.alt.strip():
            yield Said(f"The picture of “{story.title}” has no description (alt).", "Write one.", story.id)


def uncredited(copy: Copy) -> Iterator[Said]:
    """A picture without a credit."""
    for story in copy.illustrated:
        if story.image and not story.image.credit.strip():
            yield Said(f"The picture of “{story.title}” has no credit.", "Name who made it.", story.id)


def pictures(copy: Copy) -> Iterator[Said]:
    """A story printed large that has no picture."""
    lead = copy.draft.lead
    if not lead.image:
        yield Said(f"The lead, “{lead.title}”, has no picture.", "Choose one, or another lead.", lead.id)


def standfirsts(copy: Copy) -> Iterator[Said]:
    """A story that is printed with its standfirst and has none."""
    for story in copy.illustrated:
        if not story.standfirst.strip():
            yield Said(f"“{story.title}” has no standfirst.", "Write one.", story.id)


def bylines(copy: Copy) -> Iterator[Said]:
    """A story whose author is not named."""
    for story in copy.illustrated:
        if not story.authors:
            yield Said(f"“{story.title}” has no author.", "Name one at the source.", story.id)


def changed(copy: Copy) -> Iterator[Said]:
    """A story that its source rewrote since it was chosen."""
    for story in copy.changed:
        yield Said(f"“{story.title}” was rewritten at the source since it was chosen.", "Read it again.", story.id)


def withdrawn(copy: Copy) -> Iterator[Said]:
    """A story that its source took back; the mail leaves it out."""
    for title in copy.gone:
        yield Said(
            f"“{title}” was withdrawn at the source and will not be sent.", "Look whether the rest still fits."
        )


def empty_sections(copy: Copy) -> Iterator[Said]:
    """A section of the newsletter without a story tonight."""
    carried = {story.section.casefold() for story in copy.draft.stories}
    for section in copy.newsletter.sections:
        if section.name.casefold() not in carried:
            yield Said(f"The section “{section.title}” has no story tonight.", "Its readers alone get no mail.")
