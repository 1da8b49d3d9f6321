"""Seats: never more than the limit over all who live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.delivery.pace import seats
from subscribers.database import Database

START = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OWNERS = ("a", "b", "c")


def take(
    database: Database, owner: str, wanted: int, now: datetime = START, *, key: str = "", limit: int = 5
) -> int:
    with database.writing() as session:
        return seats.take(session, key, owner, wanted=wanted, limit=limit, now=now, until=now + MINUTE)


def held(database: Database, now: datetime = START) -> dict[str, int]:
    with database.reading() as session:
        return seats.taken(session, now)


def test_no_more_than_the_limit_whoever_asks(any_database: Database) -> None:
    assert [take(any_database, "a", 3), take(any_database, "b", 3), take(any_database, "a", 1)] == [3, 2, 0]
    assert take(any_database, "a", 9, key="mail.example", limit=2) == 2
    assert held(any_database) == {"": 5, "mail.example": 2}


def test_seats_given_back_are_free_for_others(any_database: Database) -> None:
    take(any_database, "a", 5)
    with any_database.writing() as session:
        seats.give_back(session, "", "a", 2)
    assert take(any_database, "b", 3) == 2
    with any_database.writing() as session:
        seats.give_back(session, "", "a", 99)
        seats.give_back(session, "", "nobody", 1)
    assert held(any_database) == {"": 2}


def test_seats_of_who_died_run_out_unless_they_are_renewed(any_database: Database) -> None:
    take(any_database, "a", 2)
    take(any_database, "b", 2)
    with any_database.writing() as session:
        seats.renew(session, "b", [""], START + 2 * MINUTE)
    assert held(any_database, START + MINUTE) == {"": 2}
    assert take(any_database, "c", 9, START + MINUTE) == 3


def test_who_leaves_gives_everything_back(any_database: Database) -> None:
    take(any_database, "a", 2)
    take(any_database, "a", 2, key="mail.example")
    with any_database.writing() as session:
        seats.leave(session, "a", ["mail.example"])
    assert held(any_database) == {"": 2}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(-4, 6), st.integers(0, 40)), max_size=20))
def test_whatever_is_taken_and_given_back(database: Database, steps: list[tuple[str, int, int]]) -> None:
    with database.writing() as session:
        for owner in OWNERS:
            seats.leave(session, owner, [""])
    now = START
    for owner, count, passed in steps:
        now += timedelta(seconds=passed)
        before = held(database, now).get("", 0)
        if count > 0:
            assert take(database, owner, count, now) <= max(5 - before, 0)
        else:
            with database.writing() as session:
                seats.give_back(session, "", owner, -count)
        assert held(database, now).get("", 0) <= 5
