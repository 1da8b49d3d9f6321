"""The issue as the readers of some sections get it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.issue import IssueDraft, Variant
from newsletter.issues.assemble import for_variant
from newsletter.settings import SectionSettings
from tests.issues.stories import CITY, PICTURE, PLAIN, SPORT, built, prose, story, titles

CULTURE = SectionSettings("culture", "Culture", maximum=1)
DRAFT = built(
    story("Ferry", image=PICTURE, comment_count=80),
    story("Market"),
    story("Match", "sport"),
    story("Final", "sport", image=PICTURE),
    story("Opera", "culture", image=PICTURE, body_html=prose("opera", 4000)),
    story("Reading", "culture"),
    story("Essay", "opinion"),
    newsletter=replace(PLAIN, sections=(CITY, SPORT, CULTURE)),
    archive=(story("Old city"), story("Old match", "sport")),
)


def chosen(*sections: str, language: str = "") -> IssueDraft:
    draft = for_variant(DRAFT, Variant(frozenset(sections), language))
    assert draft is not None
    return draft


def test_the_draft_to_start_from() -> None:
    assert titles(DRAFT.stories) == ["Opera", "Ferry", "Market", "Final", "Match", "Reading", "Essay"]
    assert titles(DRAFT.also) == ["Essay"]


def test_no_choice_means_everything() -> None:
    assert chosen() == DRAFT


def test_a_language_words_the_subject() -> None:
    assert chosen(language="de") == replace(DRAFT, subject="Opera – und 6 weitere")


def test_the_lead_stays_where_its_section_is_chosen() -> None:
    draft = chosen("culture")
    assert titles(draft.stories) == ["Opera", "Reading"]
    assert draft.subject == "Opera – and 1 more"
    assert draft.archive == ()


def test_else_the_most_prominent_remaining_story_leads() -> None:
    draft = chosen("sport", "city")
    assert draft.lead.title == "Ferry"
    assert titles(draft.stories) == ["Ferry", "Market", "Final", "Match"]
    assert draft.subject == "Ferry – and 3 more"
    assert draft.preheader == "What is known about Ferry."


def test_prominence_decides_and_not_the_order_on_the_page() -> None:
    small, big = story("Small"), story("Big match", "sport", image=PICTURE)
    lead = story("Lead", "culture", pinned=True)
    both = built(small, big, lead, newsletter=replace(PLAIN, sections=(CITY, SPORT, CULTURE)))
    draft = for_variant(both, Variant(frozenset({"city", "sport"})))
    assert draft is not None
    assert [draft.lead.title, titles(draft.stories)] == ["Big match", ["Big match", "Small"]]
    assert [section.name for section in draft.sections] == ["city"]


def test_choices_are_compared_without_regard_to_case() -> None:
    assert chosen("Sport") == chosen("sport")


def test_the_archive_follows_the_choice() -> None:
    assert titles(chosen("sport").archive) == ["Old match"]


def test_nothing_in_the_chosen_sections_is_no_issue() -> None:
    assert for_variant(DRAFT, Variant(frozenset({"gardens"}))) is None


@given(st.frozensets(st.sampled_from(["city", "sport", "culture", "opinion"]), min_size=1))
def test_a_variant_carries_exactly_the_stories_of_its_sections(sections: frozenset[str]) -> None:
    draft = chosen(*sections)
    wanted = {story.url for story in DRAFT.stories if story.section in sections}
    assert {story.url for story in draft.stories} == wanted
    assert len(draft.stories) == len(wanted)
    assert all(section.stories for section in draft.sections)
