"""Double opt-in: what is written, what is owed, and what a stranger at the form cannot do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscribers.addresses import InvalidAddress
from subscribers.models import Frequency, Notice, Subscriber, Subscription, SubscriptionEvent, SuppressionReason
from subscribers.states import NoSuchTransition
from tests.subscribers.conftest import Register


def test_signing_up_writes_the_wish_its_evidence_and_the_owed_mail(register: Register) -> None:
    wish = register.sign_up("Ada@Reader.example", name="Ada", sections=("sport", "city"), time_zone="Europe/Rome")
    assert register.state(wish) == "pending"
    assert register.sections(wish) == "city,sport"
    assert (register.subscriber().email, register.subscriber().name) == ("Ada@reader.example", "Ada")
    (event,) = register.events(wish)
    assert (event.event, event.source, event.at) == ("signed_up", "form", register.now)
    assert event.source_page == "https://ledger.example/tide-gauge"
    assert (event.consent_text, event.consent_version) == ("Send me the evening mail.", "2026-01")
    assert (event.network_address, event.actor) == ("192.0.2.7", "")
    assert event.detail == {"sections": "city,sport", "time_zone": "Europe/Rome"}
    assert register.notices() == [(wish, "confirmation")]


def test_how_often_waits_for_the_confirmation_and_who_is_confirmed_keeps_it(register: Register) -> None:
    wish = register.sign_up(frequency=Frequency.WEEKLY)
    assert (register.frequency(wish), register.events(wish)[0].detail) == ("weekly", {"frequency": "weekly"})
    register.sign_up(frequency=Frequency.WEEKDAYS)
    register.confirm(wish)
    register.sign_up(frequency=Frequency.DAILY)
    assert register.frequency(wish) == "weekdays"


def test_a_failure_leaves_nothing_behind(register: Register) -> None:
    with pytest.raises(ValueError, match="comma"):
        register.sign_up(sections=("city,sport",))
    assert [register.size(table) for table in (Subscriber, Subscription, SubscriptionEvent, Notice)] == [0] * 4


def test_an_invalid_address_is_refused(register: Register) -> None:
    with pytest.raises(InvalidAddress):
        register.sign_up("ada at reader")


def test_confirming_makes_active_once(register: Register) -> None:
    wish = register.sign_up()
    assert register.confirm(wish) == "active"
    assert register.confirm(wish) == "active"
    assert register.happened(wish) == ["signed_up", "confirmed"]


def test_a_stranger_changes_nothing_for_an_active_reader(register: Register) -> None:
    mine = register.sign_up(name="Ada", sections=("city",), language="en")
    register.confirm(mine)
    assert register.sign_up("ADA@reader.example", name="Stupid", sections=("sport",), language="de") == mine
    assert (register.subscriber().name, register.subscriber().language) == ("Ada", "en")
    assert (register.state(mine), register.sections(mine)) == ("active", "city")
    assert register.happened(mine) == ["signed_up", "confirmed", "signed_up"]
    assert register.notices()[-1] == (mine, "already_subscribed")


def test_the_last_wish_of_a_pending_reader_counts(register: Register) -> None:
    wish = register.sign_up(name="Ada", sections=("city",))
    register.sign_up(sections=("sport",))
    assert (register.sections(wish), register.subscriber().name) == ("sport", "Ada")


def test_a_mail_that_has_yet_to_leave_is_not_owed_twice(register: Register) -> None:
    wish = register.sign_up()
    register.clock.sleep(60)
    register.sign_up()
    assert register.notices() == [(wish, "confirmation")]


def test_an_address_gets_so_many_mails_a_day(register: Register) -> None:
    for newsletter in ("evening", "weekend", "evening", "weekend", "harbour"):
        register.sign_up(newsletter=newsletter, mails_per_day=3)
        register.send_notices()
        register.clock.sleep(60)
    assert len(register.notices()) == 3
    register.clock.sleep(timedelta(days=1).total_seconds())
    register.sign_up(mails_per_day=3)
    assert len(register.notices()) == 4


def test_several_newsletters_in_one_act_share_one_mail_and_one_confirmation(register: Register) -> None:
    evening, weekend = register.sign_up(newsletter="evening"), register.sign_up(newsletter="weekend")
    register.clock.sleep(60)
    harbour = register.sign_up(newsletter="harbour")
    assert register.notices() == [(evening, "confirmation"), (harbour, "confirmation")]
    register.confirm(evening)
    assert [register.state(each) for each in (evening, weekend, harbour)] == ["active", "active", "pending"]
    assert register.happened(weekend) == ["signed_up", "confirmed"]


def test_asking_for_the_mail_again_keeps_the_act_together(register: Register) -> None:
    evening, weekend = register.sign_up(newsletter="evening"), register.sign_up(newsletter="weekend")
    register.clock.sleep(60)
    register.sign_up(newsletter="evening")
    register.confirm(evening)
    assert register.state(weekend) == "active"


def test_what_was_left_since_is_not_confirmed_along(register: Register) -> None:
    evening, weekend = register.sign_up(newsletter="evening"), register.sign_up(newsletter="weekend")
    register.leave(weekend)
    register.clock.sleep(60)
    register.sign_up(newsletter="weekend")
    register.confirm(evening)
    assert register.state(weekend) == "pending"


def test_an_old_confirmation_means_nothing_after_leaving(register: Register) -> None:
    wish = register.sign_up()
    register.confirm(wish)
    register.leave(wish)
    with pytest.raises(NoSuchTransition):
        register.confirm(wish)
    assert register.state(wish) == "unsubscribed"


def test_who_left_comes_back_by_confirming_again(register: Register) -> None:
    wish = register.sign_up()
    register.leave(wish)
    assert register.sign_up() == wish
    assert register.state(wish) == "pending"
    assert register.confirm(wish) == "active"


def test_confirming_what_is_not_there(register: Register) -> None:
    with pytest.raises(LookupError):
        register.confirm(99)


@pytest.mark.parametrize("reason", [SuppressionReason.BOUNCED, SuppressionReason.ERASED])
def test_who_bounced_or_was_erased_comes_back_by_confirming(register: Register, reason: SuppressionReason) -> None:
    register.suppress("ada@reader.example", reason)
    wish = register.sign_up()
    assert register.notices() == [(wish, "confirmation")]
    register.confirm(wish)
    assert register.events(wish)[-1].detail == {"suppression_lifted": reason}
    assert not register.lift("ada@reader.example")


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.BY_HAND])
def test_who_complained_or_was_barred_gets_no_mail(register: Register, reason: SuppressionReason) -> None:
    register.suppress("ada@reader.example", reason)
    wish = register.sign_up()
    assert (register.state(wish), register.notices()) == ("pending", [])
    register.confirm(wish)
    assert register.lift("ada@reader.example")


def test_an_active_reader_who_bounced_proves_the_address_anew(register: Register) -> None:
    wish = register.sign_up()
    register.confirm(wish)
    register.clock.sleep(60)
    register.suppress("ada@reader.example")
    register.confirm(wish)  # the old link proves nothing about today
    register.clock.sleep(60)
    register.sign_up()
    assert register.notices()[-1] == (wish, "confirmation")
    register.confirm(wish)
    assert not register.lift("ada@reader.example")
