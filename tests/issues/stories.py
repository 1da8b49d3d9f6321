"""Stories of our own invention, as short to write as a headline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from newsletter.domain.article import Article, Image
from newsletter.domain.issue import IssueDraft, Skip
from newsletter.issues.assemble import assemble
from newsletter.settings import NewsletterSettings, SectionSettings

EVENING = date(2026, 3, 10)
END = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
START = END - timedelta(hours=24)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PICTURE = Image("https://ledger.example/ferry.jpg", alt="A ferry at the quay")
PLAIN = NewsletterSettings(
    slug="evening",
    title="The Evening Ledger",
    from_address="evening@ledger.example",
    build_at=time(17, 30),
    send_at=time(18, 0),
)
CITY, SPORT = SectionSettings("city", "City"), SectionSettings("sport", "Sport")
SECTIONED = replace(PLAIN, sections=(CITY, SPORT))


def story(title: str, section: str = "city", **changes: Any) -> Article:
    """Return a story whose guid, address and text follow from its title."""
    slug = "-".join(title.casefold().split())
    made = Article(
        source="ledger",
        guid=f"guid-{slug}",
        url=f"https://ledger.example/{slug}",
        title=title,
        published=NOON,
        section=section,
        standfirst=f"What is known about {title}.",
        body_html=prose(title),
    )
    return replace(made, **changes)


def prose(about: str, length: int = 400) -> str:
    """Return so many characters of text about something."""
    words = f"{about} was the talk of the harbour that day. "
    return f"<p>{(words * (length // len(words) + 1))[:length]}</p>"


def built(*stories: Article, newsletter: NewsletterSettings = SECTIONED, **more: Any) -> IssueDraft:
    """Return the draft of these stories."""
    draft = outcome(*stories, newsletter=newsletter, **more)
    assert isinstance(draft, IssueDraft), draft
    return draft


def outcome(
    *stories: Article,
    newsletter: NewsletterSettings = SECTIONED,
    used: frozenset[str] = frozenset(),
    archive: tuple[Article, ...] = (),
) -> IssueDraft | Skip:
    """Return what these stories come to."""
    return assemble(
        stories,
        used=used,
        newsletter=newsletter,
        date=EVENING,
        window_start=START,
        window_end=END,
        archive=archive,
    )


def reason(*stories: Article, newsletter: NewsletterSettings = SECTIONED) -> str:
    """Return why these stories make no issue."""
    skip = outcome(*stories, newsletter=newsletter)
    assert isinstance(skip, Skip), skip
    return skip.reason


def titles(stories: tuple[Article, ...]) -> list[str]:
    return [each.title for each in stories]
