"""The link in the confirmation mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import SuppressionReason
from subscribers.suppression import MAY_COME_BACK, suppress
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, address_of, soup, words


def test_the_page_asks_and_the_button_acts(reader: Reader) -> None:
    number = reader.pending()
    link = reader.link(Purpose.CONFIRM, number)
    page = reader.get(link)
    assert "Yes, send it to me" in words(page)
    assert EMAIL in words(page)
    assert reader.app.settings.signup.consent_text in words(page)
    form = soup(page).select_one('form[method="post"]')
    assert form is not None
    assert "action" not in form.attrs
    assert reader.state(number) == "pending"
    assert reader.post(link).status_code == 200
    assert reader.state(number) == "active"


def test_the_welcome_says_what_happens_next(reader: Reader) -> None:
    number = reader.pending(name="Ada <b>Nwosu")
    page = reader.post(reader.link(Purpose.CONFIRM, number))
    assert "Welcome, Ada b Nwosu" in words(page)
    assert f"Your first issue of The Evening Ledger comes today at 18:00 to {EMAIL} ." in words(page)
    assert "evening@ledger.example" in words(page)
    assert reader.get(address_of(page, "Choose your sections")).status_code == 200


def test_who_confirms_after_tonights_issue_waits_for_tomorrow(reader: Reader) -> None:
    number = reader.pending()
    reader.app.clock.sleep(2 * 3600)
    page = reader.post(reader.link(Purpose.CONFIRM, number))
    assert "comes tomorrow, Wednesday, at 18:00 to" in words(page)


def test_the_evidence_of_confirming(reader: Reader) -> None:
    link = reader.link(Purpose.CONFIRM, reader.pending())
    reader.http.post(link, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    event = reader.last_event()
    assert (event.event, event.source, event.network_address) == ("confirmed", "link", "192.0.2.9")
    assert event.consent_text == reader.app.settings.signup.consent_text


def test_pressing_twice_is_pressing_once(reader: Reader) -> None:
    link = reader.link(Purpose.CONFIRM, reader.pending())
    first, second = reader.post(link), reader.post(link)
    assert (first.status_code, first.text) == (second.status_code, second.text)


def test_several_newsletters_are_named_and_confirmed_together(both: Reader) -> None:
    both.post("/", email=EMAIL, newsletters=["evening", "weekend"])
    link = both.link(Purpose.CONFIRM, 1)
    assert "The Evening Ledger and The Weekend Ledger" in words(both.get(link))
    assert "comes on Saturday, 14 March, at 18:00" in words(both.post(link))
    assert [both.state(number) for number in (1, 2)] == ["active", "active"]


def test_an_expired_link_says_so_and_how_to_mend_it(reader: Reader) -> None:
    number = reader.pending()
    link = reader.link(Purpose.CONFIRM, number, age=timedelta(days=7, seconds=1))
    for page in (reader.get(link), reader.post(link)):
        assert page.status_code == 410
        assert "Links like this one work for 7 days." in words(page)
        assert soup(page).select_one('a[href="/subscribe/evening"]')
    assert reader.state(number) == "pending"


def test_a_link_works_until_its_last_moment(reader: Reader) -> None:
    link = reader.link(Purpose.CONFIRM, reader.pending(), age=timedelta(days=7))
    assert reader.post(link).status_code == 200


def test_an_old_link_of_somebody_who_is_confirmed_still_welcomes(reader: Reader) -> None:
    link = reader.link(Purpose.CONFIRM, reader.subscribed(), age=timedelta(days=70))
    assert "Welcome" in words(reader.post(link))


def test_a_link_from_before_leaving_is_over(reader: Reader) -> None:
    number = reader.subscribed()
    with reader.app.database.writing() as session:
        unsubscribe(session, number, Evidence("link"), reader.app.clock.now())
    page = reader.post(reader.link(Purpose.CONFIRM, number))
    assert page.status_code == 410
    assert "You have left since" in words(page)
    assert reader.state(number) == "unsubscribed"


@pytest.mark.parametrize("reason", SuppressionReason)
def test_a_barred_address_is_promised_nothing(reader: Reader, reason: SuppressionReason) -> None:
    number, app = reader.pending(), reader.app
    with app.database.writing() as session:
        suppress(session, app.tokens, EMAIL, reason, app.clock.now())
    page = reader.post(reader.link(Purpose.CONFIRM, number))
    may_come_back = reason in MAY_COME_BACK
    assert page.status_code == (200 if may_come_back else 410)
    assert reader.state(number) == ("active" if may_come_back else "pending")


def test_a_link_to_nobody(reader: Reader) -> None:
    link = reader.link(Purpose.CONFIRM, 99)
    assert [reader.get(link).status_code, reader.post(link).status_code] == [410, 410]


def test_links_that_are_not_whole_or_made_for_something_else(reader: Reader) -> None:
    number = reader.pending()
    good = reader.link(Purpose.CONFIRM, number)
    other = reader.link(Purpose.UNSUBSCRIBE, number, page="confirm")
    for link in (good[:-1], good + "x", other, "/confirm/x", "/confirm/%00", "/confirm/é"):
        for page in (reader.get(link), reader.post(link)):
            assert page.status_code == 404
            assert "This link is not whole" in words(page)
    assert reader.state(number) == "pending"
