"""A change of address in the register: made, merged, taken back, and what it may not do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from subscribers.models import AddressChange, Notice, Subscriber, Subscription, SuppressionReason
from subscribers.moving import AddressBarred, forget_unconfirmed, has_moved_since
from tests.subscribers.conftest import Register

ADA, NEW, BO = "ada@reader.example", "ada@elsewhere.example", "bo@reader.example"


def reader(register: Register, email: str = ADA, newsletter: str = "evening", **more: Any) -> int:
    """Sign up and confirm at a moment of its own, so that each is an act by itself."""
    register.clock.sleep(60)
    number = register.sign_up(email, newsletter, **more)
    register.confirm(number)
    return number


def moved(register: Register, number: int, email: str = NEW) -> int:
    register.clock.sleep(60)
    change = register.move(number, email)
    register.moved(change)
    return change


def told(register: Register) -> list[tuple[str, str]]:
    """Return kind and address of the mails about the change."""
    with register.database.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.change_id.is_not(None)).order_by(Notice.id))
        return [(row.kind, row.email) for row in rows]


def test_an_address_that_nobody_has_is_given_to_the_reader(any_register: Register) -> None:
    number = reader(any_register)
    moved(any_register, number)
    assert any_register.email(number) == NEW
    assert any_register.events(number)[-1].detail == {"former": ADA}
    assert told(any_register) == [("address_change", NEW), ("address_changed", ADA)]


def test_where_it_has_a_row_that_one_takes_over_and_nothing_comes_twice(any_register: Register) -> None:
    evening, weekend = reader(any_register), reader(any_register, newsletter="weekend")
    theirs = reader(any_register, BO)
    any_register.choose(weekend, sections=("city",))
    moved(any_register, evening, BO)
    got = any_register.got_by(BO)
    assert got["evening"] == theirs
    assert any_register.sections(got["weekend"]) == "city"
    assert any_register.got_by(ADA) == {}
    assert any_register.happened(got["weekend"]) == ["signed_up", "confirmed"]
    assert any_register.events(weekend)[-1].detail == {"reason": "moved"}


def test_a_row_that_got_nothing_any_more_gets_what_the_reader_got(any_register: Register) -> None:
    number, theirs = reader(any_register, name="Ada"), reader(any_register, BO)
    any_register.leave(theirs)
    moved(any_register, number, BO)
    assert any_register.got_by(BO) == {"evening": theirs}
    assert any_register.happened(theirs)[-3:] == ["unsubscribed", "signed_up", "confirmed"]
    assert any_register.subscriber(BO).name == "Ada"


def test_it_is_taken_back_by_the_former_address_wherever_it_led_since(any_register: Register) -> None:
    number = reader(any_register)
    first = moved(any_register, number)
    moved(any_register, number, "third@elsewhere.example")
    pending = any_register.move(number, "fourth@elsewhere.example")
    for _ in range(2):
        any_register.move_back(first)
    assert any_register.email(number) == ADA
    assert any_register.happened(number).count("address_changed") == 3
    with pytest.raises(LookupError):
        any_register.moved(pending)


def test_taking_back_a_change_to_another_row_brings_back_what_ended_by_it(any_register: Register) -> None:
    number, left = reader(any_register), reader(any_register, newsletter="weekend")
    any_register.leave(left)
    reader(any_register, BO)
    change = moved(any_register, number, BO)
    any_register.suppress(ADA)
    any_register.lift(ADA)  # which is told in the history, and ends nothing
    for _ in range(2):
        any_register.move_back(change)
    assert any_register.got_by(ADA) == {"evening": number}
    assert any_register.happened(number)[-1] == "returned"


def test_who_signed_up_anew_at_the_former_address_gets_it_all_there(any_register: Register) -> None:
    number = reader(any_register, newsletter="weekend")
    change = moved(any_register, number)
    evening = reader(any_register)
    any_register.move_back(change)
    assert any_register.got_by(ADA).keys() == {"evening", "weekend"}
    assert any_register.got_by(ADA)["evening"] == evening
    assert any_register.got_by(NEW) == {}


@pytest.mark.parametrize("reason", SuppressionReason)
def test_a_suppressed_address_is_asked_as_in_signing_up(any_register: Register, reason: SuppressionReason) -> None:
    number = reader(any_register)
    any_register.suppress(NEW, reason)
    change = any_register.move(number, NEW)
    assert bool(change) == (reason in {"bounced", "erased"})
    if change:
        any_register.moved(change)
        assert not any_register.lift(NEW)  # as confirming has


def test_what_barred_the_address_since_it_was_asked_is_not_lifted(any_register: Register) -> None:
    number = reader(any_register)
    change = any_register.move(number, NEW)
    any_register.clock.sleep(1)
    any_register.suppress(NEW, SuppressionReason.ERASED)
    with pytest.raises(AddressBarred):
        any_register.moved(change)
    assert any_register.email(number) == ADA


def test_links_from_before_the_change_are_told_apart(register: Register) -> None:
    number = reader(register)
    before = register.now
    change = moved(register, number)
    register.clock.sleep(60)
    with register.database.reading() as session:
        assert has_moved_since(session, number, before)
        assert not has_moved_since(session, number, register.now)
    between = register.now
    register.clock.sleep(60)
    register.move_back(change)
    with register.database.reading() as session:
        assert has_moved_since(session, number, between)


def test_wishes_that_nobody_confirmed_are_dropped_in_time(any_register: Register) -> None:
    number = reader(any_register)
    done = moved(any_register, number)
    any_register.move(number, BO)
    any_register.clock.sleep(60)
    assert forget_unconfirmed(any_register.database, any_register.now) == 1
    with any_register.database.reading() as session:
        assert session.scalars(select(AddressChange.id)).all() == [done]
    assert BO not in {email for _, email in told(any_register)}


def test_being_forgotten_bars_former_addresses_and_rows_given_up(any_register: Register) -> None:
    first = reader(any_register)
    moved(any_register, first)
    second = reader(any_register, "second@reader.example")
    moved(any_register, second, NEW)
    assert set(any_register.erase(first)) == {first, second}
    assert [any_register.email(number) for number in (first, second)] == ["", ""]
    report = any_register.bring_in(f"{ADA}\n", f"{NEW}\n", "second@reader.example\n")
    assert report.refused == 3


def test_being_forgotten_spares_who_has_the_former_address_now(any_register: Register) -> None:
    first = reader(any_register)
    moved(any_register, first)
    other = reader(any_register)
    any_register.erase(first)
    assert any_register.got_by(ADA) == {"evening": other}
    assert any_register.size(Subscriber) == 2


def test_an_address_that_would_be_refused_today_can_be_forgotten(any_register: Register) -> None:
    number = reader(any_register)
    with any_register.database.writing() as session:
        session.get_one(Subscription, number).subscriber.email = "ada@@reader"
    any_register.erase(number)
    assert any_register.email(number) == ""
