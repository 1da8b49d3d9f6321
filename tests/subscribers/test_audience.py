"""Who gets an issue, and who must not be mailed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, literal, select

from subscribers.audience import count, readers
from subscribers.models import Subscriber, Suppression, SuppressionReason
from subscribers.suppression import barred_from_notices, is_suppressed, vetoed
from tests.subscribers.conftest import Register


def _active(register: Register, name: str, **wish: Any) -> int:
    number = register.sign_up(f"{name}@reader.example", **wish)
    register.confirm(number)
    return number


def _audience(register: Register, newsletter: str = "evening") -> list[int]:
    with register.database.reading() as session:
        return sorted(session.scalars(readers(newsletter)))


def test_only_the_confirmed_who_have_not_left_and_are_not_barred(register: Register) -> None:
    ada, left, barred = (_active(register, name) for name in ("ada", "left", "barred"))
    register.sign_up("pending@reader.example")
    _active(register, "elsewhere", newsletter="weekend")
    register.leave(left)
    register.suppress("Barred@Reader.example", SuppressionReason.BY_HAND)
    assert _audience(register) == [ada]
    register.lift("barred@reader.example")
    assert _audience(register) == [ada, barred]


def test_nobody(register: Register) -> None:
    with register.database.reading() as session:
        assert count(session, "evening") == 0


def test_it_stands_in_an_insert_from_select(register: Register) -> None:
    ada = _active(register, "ada", sections=("city",))
    list_ = Table(
        "list", MetaData(), Column("issue", Integer), Column("reader", Integer), Column("sections", String)
    )
    with register.database.writing() as session:
        list_.create(session.connection())
        chosen = readers("evening").with_only_columns(literal(7), *readers("evening").selected_columns[:2])
        session.execute(insert(list_).from_select(["issue", "reader", "sections"], chosen))
        assert session.execute(select(list_)).all() == [(7, ada, "city")]


def test_a_graver_reason_replaces_a_milder_one_only(register: Register) -> None:
    for reason in ("bounced", "complained", "erased", "by_hand", "bounced"):
        register.suppress("ada@reader.example", SuppressionReason(reason))
    assert register.size(Suppression) == 1
    with register.database.reading() as session:
        assert session.scalars(select(Suppression.reason)).one() == "complained"


def test_a_suppression_holds_before_and_after_the_address_is_known(register: Register) -> None:
    register.suppress("ada@reader.example")
    with register.database.reading() as session:
        assert is_suppressed(session, register.tokens, " ADA@reader.example ")
        assert not is_suppressed(session, register.tokens, "bob@reader.example")
        assert session.scalars(select(Suppression.address_hash)).one().isalnum()
    assert register.lift("ada@reader.example")
    assert not register.lift("ada@reader.example")


@pytest.mark.parametrize("reason", SuppressionReason)
def test_the_conditions_for_other_statements(register: Register, reason: SuppressionReason) -> None:
    register.sign_up("ada@reader.example")
    register.sign_up("bob@reader.example")
    register.suppress("ada@reader.example", reason)
    with register.database.reading() as session:
        barred = session.scalar(select(func.count(Subscriber.id)).where(vetoed()))
        mute = session.scalar(select(func.count(Subscriber.id)).where(barred_from_notices()))
    assert (barred, mute) == (1, int(reason in {"complained", "by_hand"}))
