"""A confirmation mail is sent once more, as often in a day as an address may be mailed, and never for nothing."""

from __future__ import annotations

import pytest

from subscribers.evidence import Evidence
from subscribers.models import SuppressionReason
from subscribers.resending import NotResent, resend
from tests.subscribers.conftest import Register

EDITOR = Evidence("desk", actor="ines@ledger.example")


def _resend(register: Register, subscription: int) -> None:
    with register.database.writing() as session:
        resend(session, subscription, EDITOR, register.now, mails_per_day=2)


def test_it_is_owed_again_and_told(any_register: Register) -> None:
    register = any_register
    mine = register.sign_up()
    register.send_notices()
    _resend(register, mine)
    assert register.notices() == [(mine, "confirmation")] * 2
    assert register.events(mine)[-1].actor == EDITOR.actor
    assert (register.state(mine), register.happened(mine)) == ("pending", ["signed_up", "confirmation_resent"])


def test_not_while_one_is_on_its_way_and_not_more_than_a_days(register: Register) -> None:
    mine = register.sign_up()
    with pytest.raises(NotResent, match="on its way"):
        _resend(register, mine)
    register.send_notices()
    _resend(register, mine)
    register.send_notices()
    with pytest.raises(NotResent, match="sent 2 mails within a day"):
        _resend(register, mine)
    assert len(register.notices()) == 2


def test_not_to_who_is_barred_or_has_nothing_to_confirm(register: Register) -> None:
    mine, other = register.sign_up(), register.sign_up("bob@reader.example")
    register.send_notices()
    register.suppress("ada@reader.example", SuppressionReason.COMPLAINED)
    with pytest.raises(NotResent, match="barred"):
        _resend(register, mine)
    register.confirm(other)
    with pytest.raises(NotResent, match="is active"):
        _resend(register, other)
