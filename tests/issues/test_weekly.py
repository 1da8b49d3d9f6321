"""The best of the week: what stood first on its evenings, each story once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from newsletter.domain.article import Article
from newsletter.domain.issue import Variant
from newsletter.issues.assemble import for_variant
from newsletter.issues.placing import Placed
from newsletter.issues.weekly import Night, best_of_week, week_begins
from newsletter.settings import NewsletterSettings
from tests.rendering.samples import DRAFT, FERRY

MONDAY = DRAFT.date - timedelta(days=DRAFT.date.weekday())


def story(title: str, section: str = "city") -> Article:
    return replace(
        FERRY,
        id=None,
        title=title,
        standfirst=f"About {title}.",
        body_html=f"<p>{title}, told at length.</p>",
        section=section,
        url=f"https://ledger.example/{title}",
        guid=title,
    )


def night(day: int, *stories: tuple[str, Article]) -> Night:
    at = DRAFT.date - timedelta(days=day)
    return Night(at, [Placed(role, article.section, article) for role, article in stories])


def titles(stories: tuple[Article, ...]) -> list[str]:
    return [each.title for each in stories]


def test_leads_of_the_week_come_before_the_stories_below_them(evening: NewsletterSettings) -> None:
    nights = [
        night(2, ("lead", story("old lead")), ("section", story("old second"))),
        night(1, ("lead", story("new lead", "culture")), ("also", story("by the way"))),
    ]
    week = best_of_week(DRAFT, nights, evening, DRAFT.date - timedelta(days=7))
    assert week.lead is not None
    assert week.lead.title == DRAFT.lead.title
    city = next(section for section in week.sections if section.name == "city")
    assert titles(city.stories)[0] == "old lead"
    assert "new lead" in [each.title for each in week.stories]
    assert week.since == DRAFT.date - timedelta(days=7)
    assert week.archive == ()


def test_only_evenings_that_the_reader_was_not_sent(evening: NewsletterSettings) -> None:
    nights = [night(3, ("lead", story("seen"))), night(1, ("lead", story("unseen")))]
    week = best_of_week(DRAFT, nights, evening, DRAFT.date - timedelta(days=3))
    found = [each.title for each in week.stories]
    assert "unseen" in found
    assert "seen" not in found


def test_a_story_of_two_evenings_stands_once_and_where_it_stood_best(evening: NewsletterSettings) -> None:
    again = story("twice")
    nights = [night(2, ("lead", again)), night(1, ("also", again))]
    week = best_of_week(DRAFT, nights, evening, DRAFT.date - timedelta(days=7))
    assert [each.title for each in week.stories].count("twice") == 1
    assert "twice" not in titles(week.also)


def test_the_week_s_subject_says_so_in_each_language(evening: NewsletterSettings) -> None:
    week = best_of_week(DRAFT, [], evening, DRAFT.date - timedelta(days=7))
    assert week.subject.startswith("This week: ")
    german = for_variant(week, Variant(language="de", since=week.since))
    assert german is not None
    assert german.subject.startswith("Die Woche: ")


def test_a_variant_of_the_week_is_known_by_its_name() -> None:
    for variant in (
        Variant(frozenset({"city", "sport"}), "en", date(2026, 3, 5)),
        Variant(frozenset(), "de", date(2026, 3, 5)),
        Variant(frozenset({"city"}), "en"),
        Variant(),
    ):
        assert Variant.from_key(variant.key) == variant


@pytest.mark.parametrize(
    ("days", "chosen", "day", "begins"),
    [
        (range(7), None, "2026-03-10", "2026-03-07"),
        (range(7), None, "2026-03-07", "2026-03-07"),
        (range(5), None, "2026-03-10", "2026-03-06"),
        (range(7), 1, "2026-03-10", "2026-03-10"),
    ],
)
def test_the_week_begins_on_its_day(
    evening: NewsletterSettings, days: range, chosen: int | None, day: str, begins: str
) -> None:
    newsletter = replace(evening, days=frozenset(days), weekly_on=chosen)
    at = datetime.fromisoformat(day).date()
    assert f"{week_begins(newsletter, at)}" == begins
