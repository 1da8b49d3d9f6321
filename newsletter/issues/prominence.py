"""Which story is bigger news. Pure, and the same each time: no story is weighed against chance or the clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from newsletter.domain.article import Article
from newsletter.issues.identities import plain


def by_prominence(
    stories: Iterable[Article], sections: Sequence[str], window_start: datetime, window_end: datetime
) -> list[Article]:
    """Return the most prominent first; `sections` are the newsletter's, in its order.

    Pinned ones come before all others. Ties go to the newer story, then to the address.
    """
    places = {name: 1.0 - place / len(sections) for place, name in enumerate(sections)}

    def order(story: Article) -> tuple[bool, float, float, str, str, str]:
        return not story.pinned, -prominence(story, places, window_start, window_end), *newest_first(story)

    return sorted(stories, key=order)


def prominence(story: Article, places: Mapping[str, float], window_start: datetime, window_end: datetime) -> float:
    """Add up what makes a story big, 0 to 9.

    A picture 2, the body's length 1 for each 1,000 characters up to 3, comments 1 for ten and 2 for a hundred or
    more, the section's place from 1 for the first down towards 0, freshness within the window up to 1.
    """
    span = max((window_end - window_start).total_seconds(), 1.0)
    fresh = (story.published - window_start).total_seconds() / span
    return (
        (2.0 if story.image else 0.0)
        + min(len(plain(story.body_html)) / 1000, 3.0)
        + min(math.log10(max(story.comment_count or 0, 0) + 1), 2.0)
        + places.get(story.section, 0.0)
        + min(max(fresh, 0.0), 1.0)
    )


def newest_first(story: Article) -> tuple[float, str, str, str]:
    """Return the key that sorts the latest published first, then by address, source and guid."""
    return -story.published.timestamp(), story.url, story.source, story.guid
