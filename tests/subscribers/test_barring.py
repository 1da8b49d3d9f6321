"""Barring by hand and lifting are told in the history of whoever has the address."""

from __future__ import annotations

import pytest

from subscribers.barring import bar, lift
from subscribers.evidence import Evidence
from subscribers.models import SuppressionReason
from subscribers.suppression import is_suppressed
from tests.subscribers.conftest import Register

EDITOR = Evidence("desk", actor="ines@ledger.example")


def test_both_are_in_the_history_once_and_subscriptions_stay(any_register: Register) -> None:
    register = any_register
    mine = register.sign_up()
    register.confirm(mine)
    with register.database.writing() as session:
        args = session, register.tokens, " ADA@reader.example", EDITOR, register.now
        assert [bar(*args, note="by letter"), bar(*args), lift(*args), lift(*args)] == [True, False, True, False]
    told = [(event.event, event.actor, event.detail) for event in register.events(mine)[2:]]
    assert told == [
        ("suppressed", EDITOR.actor, {"reason": "by_hand", "note": "by letter"}),
        ("suppression_lifted", EDITOR.actor, {"reason": "by_hand"}),
    ]
    assert register.state(mine) == "active"


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.BY_HAND])
def test_what_is_as_grave_stays_as_it_is(register: Register, reason: SuppressionReason) -> None:
    mine = register.sign_up()
    register.suppress("ada@reader.example", reason)
    with register.database.writing() as session:
        assert not bar(session, register.tokens, "ada@reader.example", EDITOR, register.now)
    assert register.happened(mine) == ["signed_up"]


def test_an_address_that_nobody_has_is_barred_all_the_same(register: Register) -> None:
    with register.database.writing() as session:
        assert bar(session, register.tokens, "who@reader.example", EDITOR, register.now)
        assert is_suppressed(session, register.tokens, "who@reader.example")
