"""The stories: enough of them, of today, whole and different."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from newsletter.clock import SetClock
from newsletter.demo.edition import Story
from newsletter.demo.newsroom import SECTIONS
from newsletter.demo.pictures import SCENES


def test_a_dozen_stories_are_of_the_last_twelve_hours(stories: tuple[Story, ...], clock: SetClock) -> None:
    today = [story for story in stories if clock.now() - story.published <= timedelta(hours=12)]
    assert len(today) == 12
    assert len(stories) == 16
    assert list(stories) == sorted(stories, key=lambda story: story.published, reverse=True)


def test_every_section_has_two_stories_of_today(stories: tuple[Story, ...]) -> None:
    sections = Counter(story.section for story in stories[:12])
    assert set(sections) == set(SECTIONS)
    assert min(sections.values()) >= 2


def test_the_stories_show_what_a_newsroom_has(stories: tuple[Story, ...]) -> None:
    assert any(story.comments == 0 for story in stories)
    assert any(story.comments > 300 for story in stories)
    assert any(len(story.authors) == 2 for story in stories)
    assert any(story.updated and story.updated > story.published for story in stories)
    assert any(len(story.title) > 120 for story in stories)
    assert any(story.picture is None for story in stories)


def test_related_stories_and_pictures_exist(stories: tuple[Story, ...]) -> None:
    slugs = {story.slug for story in stories}
    for story in stories:
        assert set(story.related) <= slugs - {story.slug}
        assert story.picture is None or story.picture.name in SCENES
