"""Readers are found by any part of an address or a name and by how they stand, page by page, by index alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text, update

from subscribers.exporting import rows
from subscribers.finding import BARRED, Found, Search, find_readers
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
        return find_readers(session, Search(typed), after=after, limit=limit)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("ada", [1, 2, 3, 4]),
        ("ADA", [1, 2, 3, 4]),
        ("Ada L", [1]),
        ("ada@", [1]),
        ("ärne", [3]),
        ("łucja ż", [5]),
        ("cleo%", [4]),
        ("%", [4]),
        ("_", [4]),
        ("reader.example", [1, 2, 3, 4, 5]),
        ("@reader.example", [1, 2, 3, 4, 5]),
        ("@der.example", []),
        ("lovelace", [1]),
        ("  ben ", [3]),
    ],
)
def test_by_any_part_of_an_address_or_a_name(people: Register, typed: str, numbers: list[int]) -> None:
    assert [one.id for one in found(people, typed)] == numbers


def test_page_by_page(people: Register) -> None:
    first = found(people, "ada", limit=2)
    assert [one.id for one in [*first, *found(people, "ada", after=first[-1].id, limit=2)]] == [1, 2, 3, 4]
    assert found(people, "ada", after=4) == []


def test_where_each_subscription_stands(people: Register) -> None:
    people.confirm(people.sign_up("ada@reader.example", "weekend"))
    ada = found(people, "ada@")[0]
    assert replace(ada, subscriptions=()) == Found(1, "ada@reader.example", "Ada Lovelace", ())
    assert dict(ada.subscriptions)["weekend"] == "active"


def test_who_was_erased_is_not_found(people: Register) -> None:
    with people.database.writing() as session:
        session.execute(update(Subscriber).where(Subscriber.id == 2).values(erased_at=people.now))
    assert [one.id for one in found(people, "ada")] == [1, 3, 4]


@pytest.fixture
def mixed(people: Register) -> Register:
    """1 confirmed for two newsletters and chose a section, 2 left, 3 bounced, 6 was imported for the weekend."""
    people.confirm(1)
    people.choose(1, sections=["city"])
    people.confirm(people.sign_up("ada@reader.example", "weekend"))
    people.leave(2)
    people.bounce(3)
    people.bring_in("email,sections", "fay@reader.example,sport", newsletter="weekend")
    return people


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        (Search(), "fay zoe cleo%_ ben adam ada"),
        (Search(newsletter="weekend"), "fay ada"),
        (Search(standing="pending"), "zoe cleo%_ ben"),
        (Search(standing="active"), "fay ada"),
        (Search(standing="unsubscribed"), "adam"),
        (Search(standing=BARRED), "ben"),
        (Search(section="city", standing="active"), "ada"),
        (Search(section="sport", newsletter="weekend"), "fay ada"),  # who chose none gets all
        (Search(source="import"), "fay"),
        (Search(source="form", newsletter="evening", standing="active"), "ada"),
        (Search(import_id=1), "fay"),
        (Search("a", standing="active", newsletter="evening"), "ada"),
        (Search("ben", standing="active"), ""),
    ],
)
def test_by_how_they_stand_the_latest_first(mixed: Register, search: Search, wanted: str) -> None:
    with mixed.database.reading() as session:
        first = find_readers(session, search)
        assert _named(first) == wanted.split()
        if first:
            assert _named(find_readers(session, search, after=first[0].id)) == wanted.split()[1:]
        assert {row["email"] for row in rows(session, search)} == {one.email for one in first}


def _named(found: list[Found]) -> list[str]:
    return [one.email.partition("@")[0] for one in found]


def test_by_index_alone(register: Register) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT address FROM subscribers WHERE erased_at IS NULL AND "
    with register.database.reading() as session:
        address = str(session.execute(text(f"{plan} address LIKE '%a%' ORDER BY address LIMIT 26")).all())
        name = str(session.execute(text(f"{plan} name != '' AND name LIKE '%a%' ORDER BY address LIMIT 26")).all())
    assert "INDEX sqlite_autoindex_subscribers" in address
    assert "INDEX" in name
