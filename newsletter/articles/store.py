"""The table of articles: every story once, as its source shows it now.

A story is known by its guid within its source, then by its canonical address, so an edited headline or a new guid
changes the article instead of adding one. Functions work inside the caller's transaction; times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from newsletter.articles.pictures import fill_image
from newsletter.articles.tables import ADDED, ArticleRow, SourceRow
from newsletter.domain.article import Article, Image, RelatedLink

LATE_ARRIVAL = timedelta(hours=24)  # how long before the window a story seen only now may have been published
_LOAN = timedelta(days=1)
_PORTS = {"http": 80, "https": 443}
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid")


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many articles were new, and how many of the known ones changed."""

    added: int = 0
    changed: int = 0


def canonical(url: str) -> str:
    """Return an address without what does not tell stories apart: fragment, tracking marks, case of the host.

    Readers follow it, so the rest stays to the letter, also where it is not escaped as it should be.
    """
    try:
        parts = urlsplit(url.partition("#")[0].strip())
        port = "" if parts.port in {None, _PORTS.get(parts.scheme.lower())} else f":{parts.port}"
    except ValueError:
        return url.strip()
    if not parts.hostname:
        return url.strip()  # nobody can follow it, and taken apart it would become another
    pairs = (pair for pair in parts.query.split("&") if pair.strip() and not pair.startswith(_TRACKING))
    host = parts.hostname.lower()
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme.lower(), f"{host}{port}", parts.path, "&".join(pairs), "")).strip()


def upsert(session: Session, articles: Iterable[Article], now: datetime) -> Upserted:
    """Take over what a source shows. An article that was withdrawn and is shown again is back.

    Where two sources show one story, the first keeps it until it has not shown it for a day. Where one source
    shows several under one address, the first of them counts.
    """
    added = changed = 0
    written: set[int] = set()
    for article in articles:
        row = _known(session, article)
        if row is None:
            row = _filled(ArticleRow(first_seen_at=now), article, now)
            session.add(row)
            added += 1
        elif row.id in written:
            continue
        elif row.source in {article.source, ADDED} or row.withdrawn_at or row.last_seen_at < now - _LOAN:
            before = _words(row)
            changed += _words(_filled(row, article, now)) != before
        session.flush()
        written.add(row.id)
    return Upserted(added, changed)


def withdraw_missing(session: Session, source: str, shown: Collection[str], since: datetime, now: datetime) -> int:
    """Withdraw the source's articles published after `since` that it no longer shows; return how many."""
    rows = session.scalars(
        select(ArticleRow).where(
            ArticleRow.source == source, ArticleRow.published_at > since, ArticleRow.withdrawn_at.is_(None)
        )
    )
    gone = [row for row in rows if row.guid not in shown]
    for row in gone:
        row.withdrawn_at = now
    session.flush()
    return len(gone)


def candidates(session: Session, since: datetime, until: datetime) -> list[Article]:
    """Return what an issue may carry whose window is (since, until]: published in it, or seen first in it.

    The latter may have been published up to 24 hours before the window. Nothing withdrawn, nothing future-dated.
    """
    late = and_(ArticleRow.first_seen_at > since, ArticleRow.published_at > since - LATE_ARRIVAL)
    return _read(session, or_(ArticleRow.published_at > since, late), ArticleRow.published_at <= until)


def archive(session: Session, *, since: datetime, before: datetime, limit: int) -> list[Article]:
    """Return stories published in [since, before), the newest first."""
    return _read(session, ArticleRow.published_at >= since, ArticleRow.published_at < before, limit=limit)


def load(session: Session, ids: Sequence[int]) -> list[Article]:
    """Return articles in the order of their ids, those withdrawn included; unknown ids are left out."""
    rows = {row.id: row for row in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(ids)))}
    return [article_of(rows[number]) for number in ids if number in rows]


def withdrawn(session: Session, ids: Collection[int | None]) -> set[int]:
    """Return which of these articles their sources took back."""
    gone = ArticleRow.withdrawn_at.is_not(None)
    return set(session.scalars(select(ArticleRow.id).where(ArticleRow.id.in_(ids), gone)))


def dates(session: Session, source: str, guids: Collection[str]) -> dict[str, datetime]:
    """Return when these articles of a source were published, by guid."""
    wanted = select(ArticleRow.guid, ArticleRow.published_at).where(
        ArticleRow.source == source, ArticleRow.guid.in_(guids)
    )
    return {row.guid: row.published_at for row in session.execute(wanted)}


def statuses(session: Session) -> list[SourceRow]:
    """Return how each source fared when it was last asked."""
    return list(session.scalars(select(SourceRow).order_by(SourceRow.name)))


def article_of(row: ArticleRow) -> Article:
    """Return a row as everybody else knows it."""
    return Article(
        source=row.source,
        guid=row.guid,
        url=row.url,
        title=row.title,
        published=row.published_at,
        section=row.section,
        authors=tuple(row.authors),
        updated=row.updated_at,
        standfirst=row.standfirst,
        body_html=row.body_html,
        image=Image(**row.image) if row.image else None,
        comment_count=row.comment_count,
        related=tuple(RelatedLink(link["title"], link["url"], tuple(link["authors"])) for link in row.related),
        language=row.language,
        pinned=row.pinned,
        id=row.id,
        first_seen=row.first_seen_at,
    )


def _read(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Article]:
    wanted: Select[ArticleRow] = (
        select(ArticleRow)
        .where(ArticleRow.withdrawn_at.is_(None), ArticleRow.source != ADDED, *conditions)
        .order_by(ArticleRow.published_at.desc(), ArticleRow.id)
        .limit(limit)
    )
    return [article_of(row) for row in session.scalars(wanted)]


def _known(session: Session, article: Article) -> ArticleRow | None:
    by_guid = select(ArticleRow).filter_by(source=article.source, guid=article.guid)
    by_url = select(ArticleRow).filter_by(url=canonical(article.url)).order_by(ArticleRow.id).limit(1)
    return session.scalars(by_guid).one_or_none() or session.scalars(by_url).one_or_none()


def _words(row: ArticleRow) -> tuple[str, str, str]:
    return row.title, row.standfirst, row.body_html


def _filled(row: ArticleRow, article: Article, now: datetime) -> ArticleRow:
    """Write what the source says; what it is silent about stays as the article's page told it."""
    row.source, row.guid = article.source, article.guid
    row.url, row.title = canonical(article.url), article.title
    row.published_at, row.updated_at = article.published, article.updated or row.updated_at
    row.section = article.section or row.section or ""
    row.authors = list(article.authors) or row.authors or []
    row.standfirst = article.standfirst or row.standfirst or ""
    row.body_html = article.body_html or row.body_html or ""
    image = fill_image(article.image, Image(**row.image) if row.image else None)
    row.image = asdict(image) if image else None
    row.comment_count = row.comment_count if article.comment_count is None else article.comment_count
    row.related = [asdict(link) for link in article.related] or row.related or []
    row.language, row.pinned = article.language or row.language or "", article.pinned
    is_page_gone = row.withdrawn_at is not None and row.withdrawn_at == row.completed_at
    row.last_seen_at, row.withdrawn_at = now, row.withdrawn_at if is_page_gone else None
    return row
