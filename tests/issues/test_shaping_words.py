"""What editors are offered, what they may write, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.issues.shaping import presence, values
from newsletter.issues.shaping.subjects import MOST_OFFERED, alternatives
from newsletter.issues.shaping.values import BadValue
from newsletter.web.desk.shaping.telling import compared, in_words
from subscribers.database import Database
from tests.issues.conftest import TUESDAY, Room, built_at
from tests.issues.stories import PICTURE, built, story

NOW = datetime(2026, 3, 10, 16, 40, tzinfo=UTC)


def test_subjects_are_made_of_the_stories_and_none_is_the_present_one() -> None:
    lead = story(
        "The quay gives way after a night of storm", image=PICTURE, standfirst="Nobody was hurt. More to come."
    )
    draft = built(lead, story("Trams stand still"), story("The derby is off", "sport"))
    offered = alternatives(draft)
    assert draft.subject not in offered
    assert "The quay gives way after a night of storm" in offered
    assert "Nobody was hurt." in offered
    assert len(offered) == len(set(offered)) <= MOST_OFFERED


def test_one_story_offers_something_too() -> None:
    assert alternatives(built(story("Alone"))) == ["What is known about Alone."]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "Rope"}, "needs a label"),
        ({"label": "Ad", "start": "2026-03-10", "end": "2026-03-10"}, "needs a text or a picture"),
        ({"label": "Ad", "text": "Rope", "end": "2026-03-10"}, "The first day is missing"),
        (
            {"label": "Ad", "text": "Rope", "start": "2026-03-10", "end": "x"},
            "The last day is missing, or is no date",
        ),
        ({"label": "Ad", "picture": "https://x.example/a.png"}, "needs a description"),
        (
            {"label": "Ad", "text": "Rope", "start": "2026-03-10", "end": "2026-03-10", "url": "javascript:1"},
            "must begin",
        ),
    ],
)
def test_a_sponsors_block_names_what_it_lacks(form: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        values.sponsor(form)


def test_texts_stand_on_one_line_but_for_the_note() -> None:
    assert values.text("subject", " What\r\nthe  storm\x00 left ") == "What the storm left"
    assert values.text("note", "Good evening.\r\n\r\n- one\r\n") == "Good evening.\n\n- one"


def test_a_comparison_keeps_what_is_the_same() -> None:
    told = [(piece.kind, piece.words) for piece in compared("the storm left", "the storm took")]
    assert told == [("same", "the storm "), ("gone", "left"), ("new", "took")]


def test_values_are_told_with_headlines() -> None:
    titles = {1: "Ferry", 2: "Tram"}
    assert in_words("order/section:city", [2, 1, 9], titles) == "Tram · Ferry · story 9"
    assert in_words("lead", 1, titles) == "Ferry"
    assert in_words("place/1", {"role": "dropped", "section": "city"}, titles) == "dropped"
    assert in_words("subject", None, titles) == "as assembled"


def test_who_is_there_is_known_for_a_short_while(any_room: Room) -> None:
    database: Database = any_room.database
    any_room.publish(story("Ferry"), story("Tram"), at=built_at(TUESDAY) - timedelta(hours=1))
    issue = any_room.build(TUESDAY)
    with database.writing() as rows:
        presence.tell(rows, issue.id, "ines", NOW)
        presence.tell(rows, issue.id, "mara", NOW)
        presence.tell(rows, issue.id, "ines", NOW + timedelta(seconds=30))
    with database.reading() as rows:
        assert presence.others(rows, issue.id, "ines", NOW + timedelta(seconds=30)) == ["mara"]
        assert presence.others(rows, issue.id, "mara", NOW + timedelta(seconds=60)) == ["ines"]
        assert presence.others(rows, issue.id, "ines", NOW + timedelta(seconds=60)) == []
