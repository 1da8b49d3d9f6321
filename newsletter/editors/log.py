"""The log: who did what to which account, key, webhook or reader. Appended in the deed's own transaction.

What is done to issues stands in their own history, and what is done to subscriptions in their events; the log
repeats neither.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter.editors.tables import LogEntry
from subscribers.database import Database

_LONGEST = 320


class About(StrEnum):
    """What a deed was done to."""

    ACCOUNT = "account"
    SESSION = "session"
    KEY = "key"
    WEBHOOK = "webhook"
    READER = "reader"
    ISSUE = "issue"
    NEWSLETTER = "newsletter"
    THEME = "theme"


def note(
    session: Session,
    now: datetime,
    actor: str,
    deed: str,
    about: About,
    *,
    subject: str = "",
    issue_id: int | None = None,
    detail: str = "",
) -> None:
    """Append an entry. `now` is aware UTC; `actor` is an editor's address, `cli`, `daemon` or a key's name.

    A reader is named by number, never by address: readers can ask to be forgotten, and the log cannot forget.
    """
    entry = LogEntry(at=now, actor=actor, deed=deed, about=about, subject=subject[:_LONGEST])
    entry.issue_id, entry.detail = issue_id, detail
    session.add(entry)


def tidy(database: Database, before: datetime) -> None:
    """Drop the entries from before a moment."""
    with database.writing() as session:
        session.execute(delete(LogEntry).where(LogEntry.at < before))
