"""What is known of people at the desk for a time only: where they were signed in, their links, the log."""

from __future__ import annotations

from datetime import datetime

from newsletter.editors import links, log, sessions
from newsletter.settings import DeskSettings
from subscribers.database import Database


def forget(database: Database, keep: DeskSettings, now: datetime) -> None:
    """Drop what is older than it is kept. A session is known as long as its network counts as its owner's."""
    sessions.tidy(database, now - max(sessions.KNOWN_FOR, keep.session_lasts))
    links.tidy(database, now - sessions.KNOWN_FOR)
    log.tidy(database, now - keep.keep_log)
