"""What is left after a time: sums that say what the hits said, and no reader."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from newsletter.daemon.deeds import Daemon
from newsletter.tracking.figures import Tally
from newsletter.tracking.forgetting import forget, of_readers
from newsletter.tracking.tables import Hit
from newsletter.tracking.tidying import tidy
from tests.tracking.conftest import Evening, path

FERRY = "The night ferry"


def read_by_some(evening: Evening) -> str:
    """Let readers 1 and 2 read, 3 be scanned; return the first one's link."""
    mails = evening.sent()
    for number, story in ((1, FERRY), (1, "opera"), (2, FERRY)):
        evening.get(path(mails[number].story(story)))
        evening.house.later(minutes=2)
    evening.get(mails[1].picture)
    evening.get(mails[3].hidden)
    evening.get(path(mails[3].story(FERRY)), agent="python-requests/2.32")
    return path(mails[1].story(FERRY))


def tidied(evening: Evening, days: float, chunk: int = 2) -> int:
    return tidy(evening.house.database, evening.house.clock.now() - timedelta(days=days), chunk=chunk)


def test_sums_say_what_the_hits_said(counted: Evening) -> None:
    read_by_some(counted)
    before = counted.figures()
    assert before.clicks.persons == Tally(3, 2)
    assert tidied(counted, days=-1) == 6
    assert counted.hits() == []
    assert counted.figures() == before


def test_what_is_not_old_enough_stays(counted: Evening) -> None:
    read_by_some(counted)
    assert tidied(counted, days=1) == 0
    assert len(counted.hits()) == 6


def test_a_click_after_that_time_is_added_without_its_reader(counted: Evening) -> None:
    link = read_by_some(counted)
    before = counted.figures()
    counted.house.later(days=91)
    tidied(counted, days=90)
    assert counted.get(link).status_code == 302
    assert counted.hits() == []
    told = counted.figures()
    assert told.clicks.persons == Tally(before.clicks.persons.hits + 1, before.clicks.persons.readers)
    assert sum(link.clicks.persons.hits for link in told.links) == told.clicks.persons.hits


def test_breaking_off_loses_and_doubles_nothing(counted: Evening) -> None:
    read_by_some(counted)
    before = counted.figures()
    turns = iter([False, True])
    later = counted.house.clock.now() + timedelta(days=1)
    assert tidy(counted.house.database, later, stop=lambda: next(turns), chunk=1) == 3
    assert counted.figures() == before
    tidied(counted, days=-1)
    assert counted.figures() == before


def test_the_daemon_tidies_by_the_configurations_time(counted: Evening) -> None:
    read_by_some(counted)
    counted.house.later(days=91)
    Daemon(counted.app).forget()
    assert counted.hits() == []
    assert counted.figures().clicks.persons == Tally(3, 2)


def test_a_readers_hits_are_forgotten_and_told(counted: Evening) -> None:
    read_by_some(counted)
    with counted.house.database.writing() as session:
        told = list(of_readers(session, [1]))
        assert forget(session, [1]) == 3
        assert session.scalar(select(func.count()).select_from(Hit)) == 3
    assert [each["what"] for each in told] == ["click", "click", "open"]
    assert told[0]["link"].startswith("https://ledger.example/city/night-ferry")
    assert told[0]["newsletter"] == "evening"
    with counted.house.database.writing() as session:
        assert forget(session, []) == 0
