"""The selection: each story once, the lead, the sections, what goes below, and when there is no issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft
from newsletter.issues.identities import identities
from newsletter.settings import NewsletterSettings, SectionSettings, WhenEmpty
from tests.issues.stories import (
    CITY,
    END,
    NOON,
    PICTURE,
    PLAIN,
    SECTIONED,
    SPORT,
    built,
    outcome,
    prose,
    reason,
    story,
    titles,
)

BIG = story("Big", image=PICTURE, body_html=prose("big", 4000))
FERRY, MARKET, MATCH = story("Ferry"), story("Market"), story("Match", "sport")


def sectioned(*sections: SectionSettings, **changes: Any) -> NewsletterSettings:
    return replace(PLAIN, sections=sections, **changes)


# Each story once


def test_what_an_earlier_issue_used_does_not_come_again() -> None:
    edited = replace(MARKET, guid="new", url="https://ledger.example/new", title="Market, updated")
    assert titles(built(FERRY, edited, used=identities(MARKET)).stories) == ["Ferry"]


def test_among_forms_of_one_story_the_latest_stays() -> None:
    later = replace(
        FERRY, guid="wire", source="wire", title="Ferry, corrected", published=NOON + timedelta(hours=1)
    )
    assert titles(built(FERRY, later, MARKET).stories) == ["Ferry, corrected", "Market"]


def test_among_forms_of_one_story_the_pinned_stays() -> None:
    later = replace(FERRY, guid="wire", title="Ferry again", published=NOON + timedelta(hours=1))
    assert titles(built(replace(FERRY, pinned=True), later).stories) == ["Ferry"]


def test_two_stories_under_a_recurring_headline_both_stay() -> None:
    morning, night = replace(FERRY, title="Weather"), replace(MARKET, title="Weather")
    assert titles(built(morning, night).stories) == ["Weather", "Weather"]


# The lead


@pytest.mark.parametrize(
    ("bigger", "smaller"),
    [
        ({"pinned": True}, {"image": PICTURE, "comment_count": 900}),
        ({"image": PICTURE}, {}),
        ({"body_html": prose("x", 1200)}, {"body_html": prose("y", 300)}),
        ({"comment_count": 40}, {"comment_count": 2}),
        ({"comment_count": 1}, {"comment_count": -5}),
        ({"section": "city"}, {"section": "sport"}),
        ({"section": "sport"}, {"section": "opinion"}),
        ({"published": NOON + timedelta(hours=2)}, {"published": NOON}),
    ],
)
def test_the_lead_is_the_more_prominent(bigger: dict[str, Any], smaller: dict[str, Any]) -> None:
    first, second = replace(MARKET, **bigger), replace(FERRY, **smaller)
    assert built(second, first).lead.url == MARKET.url


@given(st.permutations([BIG, FERRY, MARKET, MATCH, replace(MARKET, guid="copy", source="wire")]))
def test_the_order_in_which_articles_come_changes_nothing(shuffled: list[Article]) -> None:
    assert built(*shuffled) == built(*sorted(shuffled, key=lambda each: each.guid))


# Sections


def test_sections_stand_in_the_newsletters_order_under_its_names() -> None:
    draft = built(BIG, story("Match", " SPORT "), story("Market", "City"))
    assert [(each.name, each.title, titles(each.stories)) for each in draft.sections] == [
        ("city", "City", ["Market"]),
        ("sport", "Sport", ["Match"]),
    ]


def test_a_section_is_recognised_by_its_title_but_its_name_comes_first() -> None:
    settings = sectioned(SectionSettings("stadt", "Stadt Ansel"), SectionSettings("kultur", "Stadt"))
    draft = built(BIG, story("Eins", "stadt  ansel"), story("Zwei", "Stadt"), newsletter=settings)
    assert [(each.name, titles(each.stories)) for each in draft.sections] == [("stadt", ["Eins", "Zwei"])]


def test_what_exceeds_a_sections_maximum_is_listed_below() -> None:
    draft = built(BIG, FERRY, MARKET, newsletter=sectioned(replace(CITY, maximum=1)))
    assert titles(draft.sections[0].stories) == ["Ferry"]
    assert titles(draft.also) == ["Market"]


def test_a_section_below_its_minimum_is_listed_below() -> None:
    draft = built(BIG, FERRY, MATCH, newsletter=sectioned(CITY, replace(SPORT, minimum=2)))
    assert [section.name for section in draft.sections] == ["city"]
    assert titles(draft.also) == ["Match"]


def test_the_lead_counts_for_its_section() -> None:
    draft = built(BIG, FERRY, newsletter=sectioned(replace(CITY, minimum=2)))
    assert titles(draft.sections[0].stories) == ["Ferry"]


def test_a_story_of_no_listed_section_is_listed_below() -> None:
    draft = built(BIG, story("Essay", "opinion"), story("Stray", ""))
    assert titles(draft.also) == ["Essay", "Stray"]


def test_a_newsletter_without_sections_takes_the_stories_own() -> None:
    draft = built(BIG, story("Essay", "opinion"), MARKET, story("Stray", ""), newsletter=PLAIN)
    assert [(each.name, each.title) for each in draft.sections] == [
        ("opinion", "Opinion"),
        ("city", "City"),
        ("", "More stories"),
    ]


def test_what_exceeds_also_today_is_left_out_and_not_counted() -> None:
    settings = sectioned(replace(CITY, maximum=1), maximum_also=1)
    draft = built(BIG, FERRY, MARKET, MATCH, newsletter=settings)
    assert titles(draft.stories) == ["Big", "Ferry", "Market"]
    assert draft.subject == "Big – and 2 more"


def test_subject_and_preheader_follow_the_lead() -> None:
    draft = built(replace(BIG, standfirst=""), MATCH, MARKET, newsletter=replace(SECTIONED, language="de"))
    assert (draft.subject, draft.preheader) == ("Big – und 2 weitere", "Market · Match")
    assert draft.language == "de"


# No issue


@pytest.mark.parametrize(
    ("count", "least", "sentence"),
    [
        (0, 3, "No new story since the last issue; minimum_articles asks for 3."),
        (1, 3, "Only 1 new story since the last issue; minimum_articles asks for 3."),
        (2, 3, "Only 2 new stories since the last issue; minimum_articles asks for 3."),
        (0, 0, "No new story since the last issue; minimum_articles asks for 1."),
    ],
)
def test_too_few_stories_make_no_issue(count: int, least: int, sentence: str) -> None:
    stories = [FERRY, MATCH][:count]
    assert reason(*stories, newsletter=replace(SECTIONED, minimum_articles=least)) == sentence


@pytest.mark.parametrize(
    ("minimum", "sentence"),
    [
        (0, 'The section "Sport" has no new story, and its when_empty is "do_not_send".'),
        (2, 'The section "Sport" has only 1 of the 2 stories it needs, and its when_empty is "do_not_send".'),
    ],
)
def test_an_empty_section_may_forbid_the_issue(minimum: int, sentence: str) -> None:
    needed = sectioned(CITY, replace(SPORT, minimum=minimum, when_empty=WhenEmpty.DO_NOT_SEND))
    assert reason(BIG, *[MATCH][: minimum // 2], newsletter=needed) == sentence


def test_a_lead_fills_the_section_that_may_not_be_empty() -> None:
    needed = sectioned(CITY, replace(SPORT, minimum=1, when_empty=WhenEmpty.DO_NOT_SEND))
    assert built(replace(BIG, section="sport"), FERRY, newsletter=needed).lead.title == "Big"


# The archive


def test_up_to_three_earlier_stories_of_todays_sections_are_offered() -> None:
    old = tuple(story(f"Old {number}") for number in range(5))
    offered = built(BIG, archive=(story("Old essay", "opinion"), BIG, *old)).archive
    assert titles(offered) == ["Old 0", "Old 1", "Old 2"]


def test_the_archive_offers_one_story_once_and_none_of_todays() -> None:
    old = story("Old")
    copy, today = replace(old, guid="copy", source="wire"), replace(FERRY, guid="edited", title="Ferry as it was")
    assert titles(built(BIG, FERRY, archive=(old, copy, today)).archive) == ["Old"]


# Whatever comes


@st.composite
def evenings(draw: st.DrawFn) -> tuple[list[Article], NewsletterSettings]:
    section = st.sampled_from(["city", "City", "SPORT", "opinion", ""])
    guids = st.sampled_from([f"guid-{number}" for number in range(8)])
    stories = [
        story(f"Story {number}", draw(section), guid=draw(guids), pinned=draw(st.booleans()))
        for number in range(draw(st.integers(0, 12)))
    ]
    bounds = [
        replace(each, minimum=draw(st.integers(0, 2)), maximum=draw(st.integers(1, 3))) for each in (CITY, SPORT)
    ]
    sections = tuple(bounds[: draw(st.integers(0, 2))])
    return stories, replace(PLAIN, sections=sections, maximum_also=draw(st.integers(0, 3)))


@given(evenings())
def test_no_story_twice_none_made_up_and_within_every_bound(
    evening: tuple[list[Article], NewsletterSettings],
) -> None:
    stories, settings = evening
    draft = outcome(*stories, newsletter=settings)
    if not isinstance(draft, IssueDraft):
        assert not stories
        return
    names = [identities(each) for each in draft.stories]
    assert sum(map(len, names)) == len(frozenset().union(*names))
    assert {each.url for each in draft.stories} <= {each.url for each in stories}
    assert len(draft.also) <= settings.maximum_also
    assert all(0 < len(each.stories) <= 6 for each in draft.sections)
    assert draft.window_end == END
