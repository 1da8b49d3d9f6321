"""When the next issue reaches a reader, as the pages say it: it is Tuesday, 17:00 in the newsroom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.app import App
from newsletter.settings import NewsletterSettings
from newsletter.web.app import create_web
from newsletter.web.public.coming import Rhythm, next_issue


def told(app: App, newsletter: NewsletterSettings, rhythm: Rhythm) -> str:
    with create_web(app).test_request_context("/"):
        return next_issue(newsletter, rhythm)


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        (Rhythm(), "today at 18:00"),
        (Rhythm(time_zone="America/New_York"), "today at 18:00"),
        (Rhythm(time_zone="Nowhere/At_All"), "today at 18:00"),
        (Rhythm(hour=21), "today at 21:00"),
        (Rhythm(hour=8), "tomorrow, Wednesday, at 08:00"),
        (Rhythm(hour=20, time_zone="America/New_York"), "today at 20:00"),
        (Rhythm(hour=20, time_zone="Pacific/Auckland"), "today at 20:00"),
        (Rhythm(frequency="weekdays"), "today at 18:00"),
        (Rhythm(frequency="weekly"), "on Saturday, 14 March, at 18:00"),
        (Rhythm(paused_until=datetime(2026, 4, 1, tzinfo=UTC)), "on Wednesday, 1 April, at 18:00"),
        (Rhythm(paused_until=datetime(2026, 3, 1, tzinfo=UTC)), "today at 18:00"),
    ],
)
def test_the_next_issue_is_told_as_the_reader_gets_it(
    app: App, evening: NewsletterSettings, rhythm: Rhythm, words: str
) -> None:
    assert told(app, evening, rhythm) == words


def test_an_issue_for_everybody_at_once_is_told_in_the_readers_time(app: App, evening: NewsletterSettings) -> None:
    at_once = replace(evening, local_evening=False)
    assert told(app, at_once, Rhythm(time_zone="America/New_York")) == "today at 13:00"
    assert told(app, at_once, Rhythm(time_zone="Asia/Tokyo")) == "today at 02:00"


@pytest.mark.parametrize(
    ("days", "frequency", "words"),
    [({4}, "daily", "on Friday, 13 March, at 18:00"), ({5, 6}, "weekdays", ""), ({0, 5}, "weekdays", "on Monday")],
)
def test_what_never_comes_is_not_announced(
    app: App, evening: NewsletterSettings, days: set[int], frequency: str, words: str
) -> None:
    said = told(app, replace(evening, days=frozenset(days)), Rhythm(frequency=frequency))
    assert said.startswith(words)
    assert bool(said) == bool(words)
