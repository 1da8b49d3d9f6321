"""The stories of an issue as an editor checks and moves them: where each stands, what is missing or changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.article import Article
from newsletter.issues.placing import Placed
from newsletter.issues.shaping.board import ALSO, ARCHIVE, LEAD, SECTION, Board, lane_of
from newsletter.issues.shaping.shape import Shape
from newsletter.issues.words import section_title
from newsletter.settings import NewsletterSettings

_TITLES = {LEAD: "Lead", ALSO: "Also today", ARCHIVE: "From the archive"}


@dataclass(frozen=True, slots=True)
class Story:
    """One story in its place. `published_at` is aware UTC; `notes` are what an editor should look at.

    `marks` tell what editors did to it. `pinned_until` is aware UTC, None where it is not pinned.
    """

    id: int
    lane: str
    place: str
    title: str
    original_title: str
    url: str
    authors: str
    published_at: dt.datetime
    image: str
    notes: tuple[str, ...]
    marks: tuple[str, ...] = ()
    pinned_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Stories that stand under one heading. `key` is `lead`, `section:NAME`, `also` or `archive`."""

    key: str
    title: str
    stories: tuple[Story, ...]

    @property
    def section(self) -> str | None:
        """The section's name, None where it is none."""
        return self.key.removeprefix(f"{SECTION}:") if self.key.startswith(f"{SECTION}:") else None


def lanes(board: Board, shape: Shape, newsletter: NewsletterSettings | None) -> tuple[Lane, ...]:
    """Return the board's lanes that have stories, in reading order."""
    rows = [_story(one, board, shape, newsletter) for one in board.placed]
    return tuple(
        Lane(key, title_of(key, newsletter), tuple(row for row in rows if row.lane == key))
        for key in board.lanes()
    )


def targets(board: Board, newsletter: NewsletterSettings | None) -> tuple[tuple[str, str], ...]:
    """Return where a story can be moved to, with the headings: each section, shown or not, and "also today"."""
    configured = [lane_of(SECTION, section.name) for section in newsletter.sections] if newsletter else []
    shown = [key for key in board.lanes() if key.startswith(SECTION)]
    return tuple((key, title_of(key, newsletter)) for key in dict.fromkeys([*configured, *shown, ALSO]))


def title_of(key: str, newsletter: NewsletterSettings | None) -> str:
    """Return a lane's heading."""
    if key in _TITLES:
        return _TITLES[key]
    name = key.removeprefix(f"{SECTION}:")
    titles = {section.name: section.title for section in newsletter.sections} if newsletter else {}
    return titles.get(name) or section_title(name, newsletter.language if newsletter else "en")


def dropped(board: Board, reasons: Mapping[int, str]) -> tuple[Story, ...]:
    """Return the stories that are not carried: those editors dropped, and those that `reasons` names."""
    return tuple(_outside(article, reasons.get(article.id or 0, "")) for article in board.dropped)


def missing(articles: Sequence[tuple[Article, str]]) -> tuple[Story, ...]:
    """Return the selected stories that can't be carried any more, each with why."""
    return tuple(_outside(article, why) for article, why in articles)


def _outside(article: Article, why: str) -> Story:
    return Story(
        id=article.id or 0,
        lane="dropped",
        place="Dropped",
        title=article.title,
        original_title=article.title,
        url=article.url,
        authors=", ".join(article.authors),
        published_at=article.published,
        image="",
        notes=(why,) if why else (),
    )


def _story(one: Placed, board: Board, shape: Shape, newsletter: NewsletterSettings | None) -> Story:
    article, number = one.article, one.article.id or 0
    key = lane_of(one.role, one.section)
    pin = shape.get(f"pin/{number}")
    return Story(
        id=number,
        lane=key,
        place=title_of(key, newsletter),
        title=article.title,
        original_title=board.originals[number].title,
        url=article.url,
        authors=", ".join(article.authors),
        published_at=article.published,
        image=article.image.url if article.image else "",
        notes=tuple(_notes(one)),
        marks=tuple(_marks(number, shape)),
        pinned_until=dt.datetime.fromisoformat(pin["until"]) if pin else None,
    )


def _notes(one: Placed) -> Iterator[str]:
    article, image = one.article, one.article.image
    if one.role not in {LEAD, SECTION}:
        return
    if image is None:
        yield "no picture"
    elif not image.alt:
        yield "picture without description (alt)"
    if image is not None and not image.credit:
        yield "picture without credit"
    if not article.authors:
        yield "no author"
    if not article.standfirst:
        yield "no standfirst"


def _marks(number: int, shape: Shape) -> Iterator[str]:
    rewritten = [
        words for words in ("headline", "standfirst", "picture") if shape.get(f"{words}/{number}") is not None
    ]
    if rewritten:
        yield f"own {', '.join(rewritten)}"
    if (shape.get(f"place/{number}") or {}).get("added"):
        yield "added"
