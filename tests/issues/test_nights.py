"""Any week: nights that go out, are cancelled before or after the lock, or are held and released a day late.

Whatever happens, no story reaches readers twice, and what was published before the last selection that went out
has reached them once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.issues import store
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import Settings
from subscribers.database import Base, open_database
from tests.issues.conftest import EDITOR, TUESDAY, Room, built_at
from tests.issues.stories import story

FATES = st.sampled_from(["sent", "cancelled", "locked and cancelled", "held", "held and released"])
NIGHTS = st.lists(st.tuples(FATES, st.integers(0, 3)), min_size=1, max_size=5)
HOUR = timedelta(hours=1)


class Week:
    """Nights one after the other; `brought` counts how often readers got each story."""

    def __init__(self, settings: Settings) -> None:
        lone = replace(settings.newsletters[0], minimum_articles=1, sections=(), maximum_also=100)
        self.room = Room(open_database("sqlite://"), replace(settings, newsletters=(lone,)))
        Base.metadata.create_all(self.room.database.engine)
        self.day, self.published = TUESDAY, 0
        self.brought: Counter[str] = Counter()
        self.waiting: list[IssueRow] = []

    def night(self, fate: str, stories: int) -> None:
        """Publish, build, let yesterday's held issue go where an editor wants it, and end the night."""
        for _ in range(stories):
            self.published += 1
            self.room.publish(story(f"Story {self.published}"), at=built_at(self.day) - HOUR)
        issue = self.room.build(self.day)
        while self.waiting:
            self.send(self.waiting.pop())
        if issue.state == IssueState.DRAFT:
            self.end(issue, fate)
        self.day += timedelta(days=1)

    def end(self, issue: IssueRow, fate: str) -> None:
        if fate == "sent":
            self.send(issue)
        if fate == "held and released":
            self.waiting.append(issue)
        if fate == "locked and cancelled":
            self.lock(issue)
        if "cancelled" in fate:
            with self.room.database.writing() as session:
                store.cancel(session, issue.id, issue.send_at, actor=EDITOR)

    def send(self, issue: IssueRow) -> None:
        if self.lock(issue):
            self.room.claim(issue)
            self.brought.update(each.title for each in self.room.draft(issue).stories)

    def lock(self, issue: IssueRow) -> bool:
        try:
            self.room.lock(issue)
        except NothingLeft:
            return False
        return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=NIGHTS)
def test_no_story_twice_and_none_lost(settings: Settings, nights: list[tuple[str, int]]) -> None:
    week = Week(settings)
    for fate, stories in nights:
        week.night(fate, stories)
    week.night("sent", 1)
    week.room.database.dispose()
    assert week.brought == Counter({f"Story {number + 1}": 1 for number in range(week.published)})


@pytest.mark.parametrize("fate", ["cancelled", "locked and cancelled", "held"])
def test_the_next_night_brings_what_this_one_did_not(settings: Settings, fate: str) -> None:
    week = Week(settings)
    week.night(fate, 2)
    assert not week.brought
    week.night("sent", 1)
    week.room.database.dispose()
    assert set(week.brought) == {"Story 1", "Story 2", "Story 3"}
