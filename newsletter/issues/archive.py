"""Past issues for everybody: those that were sent whole, found by their words or by their date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.articles.tables import ArticleRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow, IssueStory

LONGEST_QUERY = 100  # characters
MOST_WORDS = 8


def past(session: Session, newsletter: str, before: dt.date | None = None, limit: int = 30) -> list[IssueRow]:
    """Return a newsletter's past issues, the newest first; with `before` only older ones."""
    wanted = _past([newsletter]).order_by(IssueRow.date.desc()).limit(limit)
    return list(session.scalars(wanted.where(IssueRow.date < before) if before else wanted))


def of_date(session: Session, newsletter: str, date: dt.date) -> IssueRow | None:
    """Return the past issue of a local date."""
    return session.scalars(_past([newsletter]).where(IssueRow.date == date)).one_or_none()


def beside(session: Session, issue: IssueRow) -> tuple[IssueRow | None, IssueRow | None]:
    """Return the past issues before and after one."""
    wanted = _past([issue.newsletter])
    before = wanted.where(IssueRow.date < issue.date).order_by(IssueRow.date.desc()).limit(1)
    after = wanted.where(IssueRow.date > issue.date).order_by(IssueRow.date).limit(1)
    return session.scalars(before).first(), session.scalars(after).first()


def search(session: Session, newsletters: Collection[str], query: str, limit: int = 50) -> list[IssueRow]:
    """Return past issues that have every word of `query` in their own words or in one of their stories.

    The newest come first. Words are looked for in any place and, as far as the database knows letters, any case.
    """
    words = query[:LONGEST_QUERY].split()[:MOST_WORDS]
    if not words:
        return []
    found = _past(newsletters).where(*(_has(word) for word in words)).order_by(IssueRow.date.desc()).limit(limit)
    return list(session.scalars(found))


def touched(session: Session, ids: Collection[int]) -> set[int]:
    """Return those of these issues of which a story was withdrawn since."""
    lost = select(IssueStory.issue_id).join(ArticleRow, ArticleRow.id == IssueStory.article_id)
    return set(session.scalars(lost.where(IssueStory.issue_id.in_(ids), ArticleRow.withdrawn_at.is_not(None))))


def _past(newsletters: Collection[str]) -> Select[IssueRow]:
    return select(IssueRow).where(
        IssueRow.newsletter.in_(newsletters), IssueRow.state == IssueState.SENT, IssueRow.part == 0
    )


def _has(word: str) -> ColumnElement[bool]:
    of_story = and_(IssueStory.issue_id == IssueRow.id, ArticleRow.id == IssueStory.article_id)
    of_story &= ArticleRow.withdrawn_at.is_(None) & _any([ArticleRow.title, ArticleRow.standfirst], word)
    return or_(_any([IssueRow.subject, IssueRow.preheader], word), select(ArticleRow.id).where(of_story).exists())


def _any(columns: Sequence[InstrumentedAttribute[str]], word: str) -> ColumnElement[bool]:
    # SQLite lowers only ASCII, so that words in other letters are also tried as one begins a sentence with them.
    forms = {word.lower(), word.capitalize(), word.upper(), word}
    lowered = [func.lower(column).contains(word.lower(), autoescape=True) for column in columns]
    return or_(*lowered, *(column.contains(form, autoescape=True) for column in columns for form in sorted(forms)))
