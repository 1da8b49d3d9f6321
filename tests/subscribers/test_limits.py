"""Counting within windows, by several at once, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from subscribers.database import Database
from subscribers.limits import count, give_back, take, tidy, window_end
from subscribers.models import LimitCount

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(minutes=10)


def counted(database: Database, *keys: str, until: datetime = SOON) -> dict[str, int]:
    with database.writing() as session:
        return count(session, dict.fromkeys(keys, until))


def test_each_key_and_window_has_a_count_of_its_own(any_database: Database) -> None:
    assert counted(any_database, "a", "b") == {"a": 1, "b": 1}
    assert counted(any_database, "b", "c") == {"b": 2, "c": 1}
    assert counted(any_database, "b", until=SOON + timedelta(minutes=10)) == {"b": 1}


def test_many_who_count_at_once_all_count(any_database: Database) -> None:
    orders = [("a", "b"), ("b", "a")] * 10
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda keys: counted(any_database, *keys), orders))
    assert sorted(each["a"] for each in found) == sorted(each["b"] for each in found) == list(range(1, 21))


def test_what_is_given_back_does_not_count(any_database: Database) -> None:
    counted(any_database, "a", "b")
    for _ in range(2):  # once more than was counted
        with any_database.writing() as session:
            give_back(session, {"a": SOON, "c": SOON})
    assert counted(any_database, "a", "b", "c") == {"a": 1, "b": 2, "c": 1}


def test_no_more_are_taken_than_there_are_whoever_takes_them(any_database: Database) -> None:
    def once(_: int) -> bool:
        with any_database.writing() as session:
            return take(session, "a", SOON, 7)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(once, range(20))) == 7


def test_what_is_rolled_back_is_not_counted(any_database: Database) -> None:
    with pytest.raises(KeyError), any_database.writing() as session:
        take(session, "a", SOON, 1)
        raise KeyError
    with any_database.writing() as session:
        assert take(session, "a", SOON, 1)


@pytest.mark.parametrize(
    ("per", "ends"),
    [
        (timedelta(minutes=10), NOON + timedelta(minutes=10)),
        (timedelta(days=1), datetime(2026, 3, 11, tzinfo=UTC)),
    ],
)
def test_windows_follow_one_another(per: timedelta, ends: datetime) -> None:
    assert window_end(per, NOON) == window_end(per, ends - timedelta(microseconds=1)) == ends
    assert window_end(per, ends) == ends + per


def test_windows_that_are_over_are_dropped(any_database: Database) -> None:
    counted(any_database, "a")
    counted(any_database, "b", until=SOON + timedelta(minutes=10))
    tidy(any_database, SOON)
    with any_database.reading() as session:
        assert list(session.scalars(select(LimitCount.key))) == ["b"]
