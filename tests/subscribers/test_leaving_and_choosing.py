"""Leaving, choosing, and what each leaves in the history."""

from __future__ import annotations

import pytest

from subscribers.states import NoSuchTransition
from tests.subscribers.conftest import Register


def test_leaving_is_for_good_and_told_once(register: Register) -> None:
    mine = register.sign_up()
    register.confirm(mine)
    assert [register.leave(mine, "too many mails"), register.leave(mine)] == ["unsubscribed", "unsubscribed"]
    assert register.happened(mine) == ["signed_up", "confirmed", "unsubscribed"]
    last = register.events(mine)[-1]
    assert (last.source, last.network_address, last.detail) == ("link", "192.0.2.7", {"reason": "too many mails"})


def test_leaving_takes_back_the_mail_that_is_still_owed(register: Register) -> None:
    mine, hers = register.sign_up(), register.sign_up("bea@reader.example")
    register.leave(mine)
    assert register.notices() == [(hers, "confirmation")]


def test_leaving_one_newsletter_leaves_the_others_alone(register: Register) -> None:
    evening, weekend = register.sign_up(newsletter="evening"), register.sign_up(newsletter="weekend")
    register.confirm(evening)
    register.leave(evening)
    assert register.state(weekend) == "active"


def test_leaving_what_is_not_there(register: Register) -> None:
    with pytest.raises(LookupError):
        register.leave(99)


def test_a_choice_tells_what_it_changed(register: Register) -> None:
    mine = register.sign_up(name="Ada", sections=("city",))
    register.confirm(mine)
    register.choose(mine, sections=("sport", "city"), name="Ada", language="de")
    register.choose(mine, sections=(), name="", language="de")
    changes = [event.detail for event in register.events(mine)[2:]]
    assert changes == [{"sections": "city,sport", "language": "de"}, {"sections": "-", "name": "-"}]
    assert register.sections(mine) == ""


def test_the_same_choice_again_is_no_event(register: Register) -> None:
    mine = register.sign_up(name="Ada")
    register.choose(mine, name="Ada")
    assert register.happened(mine) == ["signed_up"]


def test_a_pending_reader_may_choose_and_stays_pending(register: Register) -> None:
    mine = register.sign_up()
    assert register.choose(mine, sections=("city",)) == "pending"


def test_who_left_has_nothing_to_choose(register: Register) -> None:
    mine = register.sign_up()
    register.leave(mine)
    with pytest.raises(NoSuchTransition):
        register.choose(mine, sections=("city",), name="Eve")
    assert (register.sections(mine), register.subscriber().name) == ("", "")
