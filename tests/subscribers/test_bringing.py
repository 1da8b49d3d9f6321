"""One reader whose consent was given elsewhere: added where new; who decided otherwise is left alone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from subscribers.bringing import NotBrought, bring
from subscribers.evidence import Evidence
from subscribers.models import Frequency, SuppressionReason
from subscribers.signup import SignUp
from subscribers.why import in_words, why
from tests.subscribers.conftest import Register

ADA = "ada@reader.example"
AT_THE_TILL = Evidence("api", actor="Till", consent_text="ticked the box at the till")


def brought(register: Register, email: str = ADA) -> int:
    wish = SignUp(email, "evening", name="Ada", sections=("city",), frequency=Frequency.WEEKLY)
    with register.database.writing() as session:
        return bring(session, register.tokens, wish, AT_THE_TILL, register.now).id


def test_who_is_new_is_a_reader_at_once_and_gets_no_mail(any_register: Register) -> None:
    number = brought(any_register)
    assert (any_register.state(number), any_register.sections(number)) == ("active", "city")
    assert any_register.notices() == []
    with any_register.database.reading() as session:
        told = why(session, any_register.tokens, ADA)
    (sentence,) = in_words(told, ZoneInfo("Europe/Berlin"), {}, any_register.now)
    assert sentence == (
        "Ada was brought into evening by another system (Till) on 10 March 2026 at 17:00, agreeing to “ticked the "
        "box at the till”, and has been active since 10 March 2026 at 17:00."
    )


def test_who_is_a_reader_stays_as_they_are(any_register: Register) -> None:
    number = any_register.sign_up(sections=("sport",))
    any_register.confirm(number)
    assert brought(any_register) == number
    assert any_register.sections(number) == "sport"
    assert any_register.happened(number) == ["signed_up", "confirmed"]


def test_who_has_not_confirmed_or_has_left_decides_alone(any_register: Register) -> None:
    number = any_register.sign_up()
    with pytest.raises(NotBrought, match="is pending; only the reader"):
        brought(any_register)
    any_register.leave(number)
    with pytest.raises(NotBrought, match="is unsubscribed; only the reader"):
        brought(any_register)
    assert any_register.state(number) == "unsubscribed"


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_who_is_suppressed_is_not_added(register: Register, reason: SuppressionReason) -> None:
    register.suppress(ADA, reason)
    with pytest.raises(NotBrought, match="is suppressed"):
        brought(register)
