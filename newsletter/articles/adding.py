"""A story that an editor adds by its address: known already, or read from its own page.

Such an article is of no configured source, so no issue takes it up by itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.articles.fetch import Fetcher
from newsletter.articles.page import parse
from newsletter.articles.store import canonical, upsert
from newsletter.articles.tables import ADDED, ArticleRow
from newsletter.domain.article import Article


class NoStory(Exception):
    """The page tells nothing that could be printed; the sentence says what is missing."""


def known(session: Session, url: str) -> int | None:
    """Return the article that has this address and was not withdrawn, if there is one."""
    here = select(ArticleRow.id).where(ArticleRow.url == canonical(url), ArticleRow.withdrawn_at.is_(None))
    return session.scalars(here.order_by(ArticleRow.id).limit(1)).first()


def read(fetcher: Fetcher, url: str, now: datetime) -> Article:
    """Fetch a story's page and return it as an article, published now where it does not say.

    Raises FetchError and NoStory.
    """
    fetched = fetcher.get(url)
    page = parse(fetched.body, fetched.url)
    if not page.title:
        raise NoStory(f"The page at {url} has no headline that could be read, so it was not added.")
    return Article(
        source=ADDED,
        guid=canonical(fetched.url),
        url=fetched.url,
        title=page.title,
        published=min(page.published or now, now),
        section=page.section.lower()[:200],
        authors=page.authors,
        updated=page.updated,
        standfirst=page.standfirst,
        image=page.image,
        comment_count=page.comment_count,
        related=page.related,
        language=page.language,
    )


def keep(session: Session, article: Article, now: datetime) -> int:
    """Store the article and return its number."""
    upsert(session, [article], now)
    number = known(session, article.url)
    if number is None:
        raise NoStory(f"The page at {article.url} is one of a story that was withdrawn, so it was not added.")
    return number
