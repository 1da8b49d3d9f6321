"""What readers chose decides what they are owed, and when."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from newsletter.articles import store as articles
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.domain.article import Article
from newsletter.issues import store
from newsletter.issues.states import IssueState
from tests.delivery.conftest import House, Script
from tests.delivery.drafts import freeze
from tests.rendering.samples import FERRY

THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 3, day) for day in (12, 13, 14, 15))


@pytest.fixture
def week(house: House) -> House:
    """Tuesday's issue has gone out, and nobody but readers 1 to 4 is left."""
    house.send(Script())
    for number in range(5, 11):
        house.leave(number)
    return house


def story(title: str, house: House) -> Article:
    body = f"<p>{title} was what everybody spoke of.</p>"
    return replace(
        FERRY,
        id=None,
        title=title,
        standfirst=f"{title}, and why.",
        body_html=body,
        url=f"https://ledger.example/{title}",
        guid=title,
        published=house.clock.now() - timedelta(hours=1),
    )


def night(house: House, day: date, *titles: str) -> dict[int, list[str]]:
    """Build, lock and send an issue; return who was sent it, with the headlines."""
    build(house, day, *titles)
    freeze(house)
    return sent(house)


def build(house: House, day: date, *titles: str) -> None:
    house.clock.moment = datetime(day.year, day.month, day.day, 17, 0, 2, tzinfo=UTC)  # 18:00:02 in Berlin
    with house.database.writing() as session:
        newsletter = house.settings.newsletter("evening")
        now = house.clock.now()
        articles.upsert(session, [story(each, house) for each in titles], now)
        issue = store.build(session, house.settings, newsletter, day, now, actor="daemon")
        assert issue.state == IssueState.DRAFT, issue.reason
    house.issue_id = issue.id


def sent(house: House) -> dict[int, list[str]]:
    """Send what is due; return by reader the stories told (those worth reading again are only named)."""
    transport = Script()
    house.send(transport)
    return {int(to[len("reader") : to.index("@")]): told(message) for to, message in transport.sent}


def told(message: bytes) -> list[str]:
    text = message_from_bytes(message, policy=default).get_body(("plain",))
    assert text is not None
    return sorted(re.findall(r"(headline-\w+), and why", text.get_content().partition("WORTH READING AGAIN")[0]))


def test_weekdays_readers_are_left_alone_at_the_weekend(week: House) -> None:
    week.choose(2, frequency="weekdays")
    assert set(night(week, FRIDAY, "headline-a", "headline-b")) == {1, 2, 3, 4}
    assert set(night(week, SATURDAY, "headline-c", "headline-d")) == {1, 3, 4}
    assert week.books() == {"accepted": 3}


def test_weekly_readers_get_the_unseen_stories_of_the_week(week: House) -> None:
    assert 3 in night(week, THURSDAY, "headline-thu", "headline-thx")
    week.choose(2, frequency="weekly")
    week.choose(3, frequency="weekly")
    assert set(night(week, FRIDAY, "headline-fri", "headline-frx")) == {1, 4}
    got = night(week, SATURDAY, "headline-sat", "headline-sax")
    assert got[1] == ["headline-sat", "headline-sax"]
    assert got[2] == got[3] == ["headline-fri", "headline-frx", "headline-sat", "headline-sax"]
    assert set(night(week, SUNDAY, "headline-sun", "headline-sux")) == {1, 4}


def test_who_saw_nothing_of_the_week_gets_all_of_it_in_a_letter_of_their_own(week: House) -> None:
    week.choose(2, frequency="weekly")
    week.choose(3, frequency="weekly")
    night(week, THURSDAY, "headline-thu", "headline-thx")
    week.choose(4, frequency="weekly")
    got = night(week, SATURDAY, "headline-sat", "headline-sax")
    assert got[2] == got[3] == ["headline-sat", "headline-sax", "headline-thu", "headline-thx"]
    assert got[4] == ["headline-sat", "headline-sax"]
    with week.database.reading() as session:
        letters = session.scalars(select(LetterRow.variant).where(LetterRow.issue_id == week.issue_id))
        assert sorted(letters) == ["en:all", "en:all:2026-03-10", "en:all:2026-03-12"]


def test_the_week_s_best_keeps_to_the_sections_chosen(week: House) -> None:
    week.choose(2, frequency="weekly", sections="sport")
    night(week, FRIDAY, "headline-fri", "headline-frx")
    assert 2 not in night(week, SATURDAY, "headline-sat", "headline-sax")


def test_a_saturday_that_brings_nothing_passes_the_week_on(week: House) -> None:
    week.choose(2, frequency="weekly")
    night(week, FRIDAY, "headline-fri", "headline-frx")
    assert night(week, SUNDAY, "headline-sun", "headline-sux")[2] == [
        "headline-fri", "headline-frx", "headline-sun", "headline-sux",
    ]  # fmt: skip


def test_who_pauses_is_owed_nothing_until_the_day(week: House) -> None:
    week.choose(2, paused_until=datetime(2026, 3, 14, 0, 0, tzinfo=UTC))
    assert set(night(week, FRIDAY, "headline-a", "headline-b")) == {1, 3, 4}
    assert set(night(week, SATURDAY, "headline-c", "headline-d")) == {1, 2, 3, 4}


def test_who_pauses_after_the_lock_is_withdrawn(week: House) -> None:
    build(week, FRIDAY, "headline-a", "headline-b")
    freeze(week)
    week.choose(2, paused_until=datetime(2026, 4, 1, tzinfo=UTC))
    assert set(sent(week)) == {1, 3, 4}
    assert week.books() == {"accepted": 3, "withdrawn": 1}
    assert week.line(2).reply == "the reader had left or paused"


def test_each_gets_it_at_their_own_hour_and_everybody_once(week: House) -> None:
    week.live(2, "America/New_York")
    week.live(3, "Mars/Olympus")
    week.choose(4, hour=21)
    build(week, FRIDAY, "headline-a", "headline-b")
    freeze(week)
    assert set(sent(week)) == {1, 3}
    week.live(2, "Asia/Tokyo")  # moved after the lock: the lane stays
    week.later(hours=3)
    assert set(sent(week)) == {4}
    week.later(hours=2)
    assert set(sent(week)) == {2}  # 18:00 in New York, an hour earlier than usual: the clocks had changed there
    assert week.books() == {"accepted": 4}
    assert week.row.state == IssueState.SENT


def test_lanes_and_the_spread_go_together(week: House) -> None:
    week.policy(spread_over=timedelta(minutes=10))
    week.choose(2, hour=21)
    week.choose(3, hour=21)
    build(week, FRIDAY, "headline-a", "headline-b")
    freeze(week)
    with week.database.reading() as session:
        ours = select(DeliveryRow).where(DeliveryRow.issue_id == week.issue_id)
        due = {row.subscription_id: row.due_at for row in session.scalars(ours)}
    nine = datetime(2026, 3, 13, 20, 0, tzinfo=UTC)
    assert nine <= due[2] < due[3] < nine + timedelta(minutes=10)
    assert week.clock.now() <= due[1] < due[4] < week.clock.now() + timedelta(minutes=10)


def test_all_at_once_where_the_newsroom_wants_it_but_for_those_who_chose_an_hour(week: House) -> None:
    evening = replace(week.settings.newsletter("evening"), local_evening=False)
    week.settings = replace(week.settings, newsletters=(evening,))
    week.live(2, "America/New_York")
    week.choose(4, hour=21)
    build(week, FRIDAY, "headline-a", "headline-b")
    freeze(week)
    assert set(sent(week)) == {1, 2, 3}


def test_a_lane_that_is_under_way_uses_the_stories(week: House) -> None:
    for number in range(1, 5):
        week.choose(number, hour=19 + number)
    build(week, FRIDAY, "headline-a", "headline-b")
    freeze(week)
    with pytest.raises(AssertionError, match="No new story"):
        build(week, SATURDAY)
