"""What a source leaves out, taken from the stories' own pages: each once, and again when it was updated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from newsletter.articles.fetch import Fetched, Fetcher, FetchError
from newsletter.articles.page import Page, parse
from newsletter.articles.pictures import fill_image
from newsletter.articles.tables import ArticleRow
from newsletter.clock import Clock
from newsletter.domain.article import Image

MAX_PAGES = 50  # pages asked for in one pass over one source
MAX_SECONDS = 60  # after which no further page is asked for: an issue may be waiting to be built
REACH = timedelta(days=7)  # no older story's page is asked for
_PATIENCE = 3  # pages in a row that fail before the rest is left for the next pass
_GONE = {404, 410}
_NOTHING = Page()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A story whose page was not read yet, or not since it was updated."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for a page: `page` is None where it is gone."""

    waiting: Waiting
    page: Page | None


def waiting(session: Session, source: str, now: datetime) -> list[Waiting]:
    """Return the stories of a source whose pages should be read now, newest first."""
    gone = ArticleRow.withdrawn_at == ArticleRow.completed_at
    unread = or_(
        ArticleRow.completed_at.is_(None),
        and_(ArticleRow.updated_at > ArticleRow.completed_at, ArticleRow.updated_at <= now),
        gone,
    )
    wanted = (
        select(ArticleRow.id, ArticleRow.url)
        .where(ArticleRow.source == source, ArticleRow.published_at > now - REACH, unread)
        .where(or_(ArticleRow.withdrawn_at.is_(None), gone))
        .order_by(ArticleRow.published_at.desc(), ArticleRow.id)
        .limit(MAX_PAGES)
    )
    return [Waiting(number, url) for number, url in session.execute(wanted)]


def ask(fetcher: Fetcher, stories: Sequence[Waiting], clock: Clock) -> list[Answer]:
    """Fetch and read the pages. Those that fail for now, or for which no time is left, wait for the next pass."""
    answers: list[Answer] = []
    end = clock.monotonic() + MAX_SECONDS
    failures = 0
    for story in stories:
        if clock.monotonic() >= end:
            break
        try:
            page: Page | None = _read(fetcher.get(story.url), story.url)
        except FetchError as error:
            if error.status is None or error.status >= 500 or error.status == 429:
                failures += 1
                if failures == _PATIENCE:
                    break
                continue
            page = None if error.status in _GONE else _NOTHING
        failures = 0
        answers.append(Answer(story, page))
    return answers


def complete(session: Session, answers: Iterable[Answer], now: datetime) -> int:
    """Fill what is missing from the pages, and withdraw the stories whose page is gone; return how many.

    Such a story has the same moment in `completed_at` and `withdrawn_at`: its source may well go on showing it,
    so only its page can bring it back.
    """
    found = {answer.waiting.id: answer for answer in answers}
    withdrawn = 0
    for row in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(found))):
        page = found[row.id].page
        if page is None:
            withdrawn += row.withdrawn_at is None
            row.withdrawn_at = now
        else:
            _fill(row, page)
            row.withdrawn_at = None if row.withdrawn_at == row.completed_at else row.withdrawn_at
        row.completed_at = now
    session.flush()
    return withdrawn


def _read(fetched: Fetched, asked: str) -> Page:
    """Read a page, unless it is no page, or the front page that some sites send for stories they dropped."""
    is_html = "html" in fetched.content_type.lower() or not fetched.content_type
    is_front = urlsplit(fetched.url).path in {"", "/"} and urlsplit(asked).path not in {"", "/"}
    return parse(fetched.body, fetched.url) if is_html and not is_front else _NOTHING


def _fill(row: ArticleRow, page: Page) -> None:
    if page.published is not None and row.published_at == row.first_seen_at:
        row.published_at = page.published  # the source gave no date: it was taken for new when it was first seen
    if row.updated_at is None and page.updated is not None and page.updated > row.published_at:
        row.updated_at = page.updated
    row.section = row.section or page.section.lower()[:200]
    row.authors = row.authors or list(page.authors)
    row.standfirst = row.standfirst or page.standfirst
    row.image = _picture(row.image, page.image)
    row.comment_count = page.comment_count if row.comment_count is None else row.comment_count
    row.related = row.related or [asdict(link) for link in page.related]
    row.language = row.language or page.language


def _picture(kept: Mapping[str, Any] | None, other: Image | None) -> dict[str, Any] | None:
    """Return the row's picture with its missing words from another account of it."""
    image = fill_image(Image(**kept) if kept else None, other)
    return asdict(image) if image else None
