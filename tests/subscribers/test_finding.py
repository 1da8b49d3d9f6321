"""Readers are found by how their address or name begins, page by page, and by index alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text, update

from subscribers.finding import Found, find_readers
from subscribers.models import Subscriber
from tests.subscribers.conftest import Register


@pytest.fixture
def people(any_register: Register) -> Register:
    for email, name in (
        ("ada@reader.example", "Ada Lovelace"),
        ("adam@reader.example", ""),
        ("ben@reader.example", "Ärne Adams"),
        ("cleo%_@reader.example", "ada"),
        ("zoe@reader.example", "Łucja Żak"),
    ):
        any_register.sign_up(email, name=name)
    return any_register


def found(register: Register, typed: str, after: int = 0, limit: int = 25) -> list[Found]:
    with register.database.reading() as session:
        return find_readers(session, typed, after=after, limit=limit)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("ada", [1, 2, 4]),
        ("ADA", [1, 2, 4]),
        ("Ada L", [1]),
        ("ada@", [1]),
        ("ärne", [3]),
        ("łucja ż", [5]),
        ("cleo%", [4]),
        ("%", []),
        ("_", []),
        ("reader.example", []),
        ("  ben ", [3]),
        ("", []),
        ("   ", []),
    ],
)
def test_by_the_beginning_of_an_address_or_a_name(people: Register, typed: str, numbers: list[int]) -> None:
    assert [one.id for one in found(people, typed)] == numbers


def test_page_by_page(people: Register) -> None:
    first = found(people, "ada", limit=2)
    assert [one.id for one in [*first, *found(people, "ada", after=first[-1].id, limit=2)]] == [1, 2, 4]
    assert found(people, "ada", after=4) == []


def test_where_each_subscription_stands(people: Register) -> None:
    people.confirm(people.sign_up("ada@reader.example", "weekend"))
    ada = found(people, "ada@")[0]
    assert replace(ada, subscriptions=()) == Found(1, "ada@reader.example", "Ada Lovelace", ())
    assert dict(ada.subscriptions)["weekend"] == "active"


def test_who_was_erased_is_not_found(people: Register) -> None:
    with people.database.writing() as session:
        session.execute(update(Subscriber).where(Subscriber.id == 2).values(erased_at=people.now))
    assert [one.id for one in found(people, "ada")] == [1, 4]


def test_by_index_alone(register: Register) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT id FROM subscribers WHERE "
    with register.database.reading() as session:
        address = str(session.execute(text(f"{plan} address >= 'a' AND address < 'b'")).all())
        name = str(session.execute(text(f"{plan} name != '' AND (name >= 'a' AND name < 'b')")).all())
    assert "SEARCH" in address
    assert "ix_subscribers_name" in name
