"""What a source yields when it is asked, and what it is asked with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from newsletter.articles.fetch import Fetcher
from newsletter.domain.article import Article
from newsletter.settings import SourceSettings


class SourceProblem(Exception):
    """A source can't be read; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A source, and what is known before it is asked. `now` is aware UTC.

    `known_sections` are the sections that newsletters carry, in lower case: where a story is filed under several
    categories, one of them counts. `zone` is the newsroom's, for times without an offset in its own files.
    """

    source: SourceSettings
    fetcher: Fetcher
    now: datetime
    known_sections: frozenset[str] = frozenset()
    zone: tzinfo = UTC
    etag: str = ""
    last_modified: str = ""

    def section(self, categories: Iterable[str]) -> str:
        """Return the section of a story with these categories."""
        if self.source.section:
            return self.source.section.lower()
        names = [name.lower()[:200] for name in categories if name]
        return next((name for name in names if name in self.known_sections), names[0] if names else "")


@dataclass(frozen=True, slots=True)
class Harvest:
    """The articles of a source, newest first or not.

    `undated` has the guids of those whose `published` is only the moment they were read. Everything that the
    source published after `complete_since` is among the articles; None: that can't be told. `also_shown` has
    the guids of stories that are there and can't be read. `unchanged`: it
    answered that nothing changed. `problems` are sentences on what could not be read.
    """

    articles: tuple[Article, ...] = ()
    undated: frozenset[str] = frozenset()
    complete_since: datetime | None = None
    also_shown: frozenset[str] = frozenset()
    unchanged: bool = False
    etag: str = ""
    last_modified: str = ""
    problems: tuple[str, ...] = ()


def shown_since(published: Collection[datetime]) -> datetime | None:
    """Return since when a list of the newest stories shows all of them.

    Not since its very oldest: an old story that is pinned, or was touched again, would make everything that
    rolled off the list look withdrawn. A quarter of the list may be such.
    """
    ordered = sorted(published)
    return ordered[len(ordered) // 4] if ordered else None


def moment(text: object) -> datetime | None:
    """Return a moment written as ISO 8601 in aware UTC; without an offset it is taken for UTC.

    None where there is no time of day: midnight would be a guess.
    """
    if not isinstance(text, str) or len(text.strip()) <= len("2026-01-01"):
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
