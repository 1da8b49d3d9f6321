"""Checks of what the issue leads to and shows from elsewhere, by what was found when it was last asked."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.checks.copy import Copy
from newsletter.checks.said import Said
from newsletter.domain.article import Article

_HEAVY = 400_000  # octets of one picture
_HEAVIEST = 2_000_000  # octets of all of them
_NARROW = 560  # pixels; the lead is printed 600 wide
_WIDE = 2_400


def dead(copy: Copy) -> Iterator[Said]:
    """A link that leads nowhere."""
    for url, story in copy.links.items():
        found = copy.followed.get(url)
        if found and found.problem:
            yield Said(
                f"{_of(story)} leads to {url}: {found.problem}", "Mend the address, or drop it.", _id(story)
            )


def redirected(copy: Copy) -> Iterator[Said]:
    """A link that has moved to another place; http to https and a final slash do not count."""
    for url, story in copy.links.items():
        found = copy.followed.get(url)
        if found and not found.problem and _place(found.url) != _place(url):
            yield Said(
                f"{_of(story)} leads to {url}, which has moved to {found.url}.", "Use the new address.", _id(story)
            )


def broken_pictures(copy: Copy) -> Iterator[Said]:
    """A picture that can't be had."""
    for url, story in copy.pictures.items():
        found = copy.followed.get(url)
        if found and found.problem:
            yield Said(
                f"A picture of {_inside(story)} can't be had: {found.problem}",
                "Choose another.",
                _id(story),
            )


def heavy(copy: Copy) -> Iterator[Said]:
    """Pictures that take long over a telephone's line."""
    known = {url: copy.followed[url] for url in copy.pictures if url in copy.followed}
    for url, found in known.items():
        if found.octets > _HEAVY:
            story = copy.pictures[url]
            yield Said(
                f"A picture of {_inside(story)} has {found.octets // 1000} kB.",
                "Make it smaller.",
                _id(story),
            )
    if (total := sum(found.octets for found in known.values())) > _HEAVIEST:
        yield Said(f"All pictures together have {total / 1_000_000:.1f} MB.", "Make them smaller.")


def sizes(copy: Copy) -> Iterator[Said]:
    """A lead's picture that is too small for its place, or any that is far too large."""
    lead = copy.draft.lead
    for url, story in copy.pictures.items():
        width = copy.followed[url].width if url in copy.followed else 0
        if width and story is lead and width < _NARROW:
            yield Said(
                f"The lead's picture is only {width} pixels wide.", "Choose one of 600 or more.", _id(story)
            )
        if width > _WIDE:
            yield Said(f"A picture of {_inside(story)} is {width} pixels wide.", "Make it smaller.", _id(story))


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def _of(story: Article | None) -> str:
    return f"“{story.title}”" if story else "The letter"


def _inside(story: Article | None) -> str:
    return f"“{story.title}”" if story else "the letter"


def _id(story: Article | None) -> int | None:
    return story.id if story else None
