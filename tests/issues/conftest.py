"""A newsroom's evenings in a real database: what came in, what was built, what was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.articles import store as articles
from newsletter.articles.tables import ArticleRow
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings, Settings
from subscribers.database import Database

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 12)
EDITOR = "ines@ledger.example"


def built_at(day: date) -> datetime:
    """Return half past five in Berlin, in winter."""
    return datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC)


@dataclass
class Room:
    """The room under test and the newsroom around it."""

    database: Database
    settings: Settings

    @property
    def newsletter(self) -> NewsletterSettings:
        return self.settings.newsletters[0]

    def publish(self, *stories: Article, at: datetime) -> None:
        """Let stories be published at a moment and collected two minutes later."""
        with self.database.writing() as session:
            for number, each in enumerate(stories):
                moment = at - timedelta(seconds=number)
                articles.upsert(session, [replace(each, published=moment)], at + timedelta(minutes=2))

    def build(self, day: date, now: datetime | None = None, *, rebuild: bool = False) -> IssueRow:
        now = now or built_at(day)
        with self.database.writing() as session:
            issue = store.build(session, self.settings, self.newsletter, day, now, actor="daemon", rebuild=rebuild)
            return loaded(issue)

    def lock(self, issue: IssueRow, now: datetime | None = None) -> IssueDraft:
        with self.database.writing() as session:
            row = store.get(session, issue.id)
            draft = store.draft(session, self.settings, row)
            store.begin_lock(session, row, draft, now or row.send_at, actor="daemon")
            return draft

    def begin(self, issue: IssueRow) -> None:
        """Lock the issue and claim its first delivery."""
        self.lock(issue)
        self.claim(issue)

    def claim(self, issue: IssueRow) -> None:
        """Note that the first delivery was claimed, as the ledger does."""
        with self.database.writing() as session:
            session.execute(update(IssueRow).where(IssueRow.id == issue.id).values(begun_at=issue.send_at))

    def edit(self, headline: str, **changes: object) -> None:
        """Change the stored article of that headline."""
        with self.database.writing() as session:
            session.execute(update(ArticleRow).where(ArticleRow.title == headline).values(**changes))

    def draft(self, issue: IssueRow) -> IssueDraft:
        with self.database.reading() as session:
            return store.draft(session, self.settings, store.get(session, issue.id))

    def row(self, issue: IssueRow) -> IssueRow:
        with self.database.reading() as session:
            return loaded(store.get(session, issue.id))

    def titles(self, issue: IssueRow) -> list[str]:
        return sorted(story.title for story in self.draft(issue).stories)


def loaded(issue: IssueRow) -> IssueRow:
    """Read what hangs on the issue while its session is open."""
    assert issue.stories is not None
    assert issue.history is not None
    return issue


@pytest.fixture
def room(database: Database, settings: Settings) -> Room:
    return Room(database, settings)


@pytest.fixture
def any_room(any_database: Database, settings: Settings) -> Room:
    """The same on SQLite and on PostgreSQL, for what depends on how they let two write at once."""
    return Room(any_database, settings)
