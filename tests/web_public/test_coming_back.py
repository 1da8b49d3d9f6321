"""After leaving: the way back, fewer mails instead, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.clock import SetClock
from subscribers.models import Frequency, Subscription, SuppressionReason
from subscribers.suppression import suppress
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, address_of, soup, words


def undo(reader: Reader, number: int, age: timedelta = timedelta(), **fields: str) -> int:
    return reader.post(reader.link(Purpose.RETURN, number, age=age), **fields).status_code


def test_leaving_is_undone_in_one_press(reader: Reader) -> None:
    number = reader.subscribed(sections=("city",))
    page = reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    form = next(form for form in soup(page).select("form") if "/return/" in str(form["action"]))
    assert "You get The Evening Ledger again" in words(reader.post(str(form["action"])))
    assert (reader.state(number), reader.subscription(number)[0]) == ("active", "city")
    assert reader.last_event().event == "returned"


def test_fewer_mails_instead(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    assert undo(reader, number, frequency="weekly") == 200
    with reader.app.database.reading() as session:
        assert session.get_one(Subscription, number).frequency == Frequency.WEEKLY


def test_undoing_twice_changes_nothing(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    assert [undo(reader, number), undo(reader, number)] == [200, 200]
    assert reader.last_event().event == "returned"


def test_a_day_later_it_takes_a_mail_again(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    assert undo(reader, number, age=timedelta(hours=25)) == 410
    assert reader.state(number) == "unsubscribed"


def test_an_old_link_to_leave_does_not_bring_back_who_left_long_ago(reader: Reader, clock: SetClock) -> None:
    number = reader.subscribed()
    old = reader.link(Purpose.UNSUBSCRIBE, number)
    reader.post(old)
    clock.sleep(timedelta(hours=25).total_seconds())
    assert not [form for form in soup(reader.post(old)).select("form") if "/return/" in str(form["action"])]
    assert undo(reader, number) == 409  # even by a link that was made just now
    assert reader.state(number) == "unsubscribed"


def test_the_page_offers_it_too_after_one_click_in_a_mail_program(reader: Reader) -> None:
    number = reader.subscribed()
    link = reader.link(Purpose.UNSUBSCRIBE, number)
    reader.http.post(link, data={"List-Unsubscribe": "One-Click"})
    assert "Undo, send it to me as before" in words(reader.get(link))


def test_only_what_is_fewer_is_offered(both: Reader) -> None:
    daily, weekend = both.subscribed(), both.subscribed(newsletter="weekend")
    offered = soup(both.post(both.link(Purpose.UNSUBSCRIBE, daily))).select('[name="frequency"]')
    assert [button["value"] for button in offered] == ["weekly", "weekdays"]
    page = both.post(both.link(Purpose.UNSUBSCRIBE, weekend))
    assert not soup(page).select('[name="frequency"]')
    page = both.post(both.link(Purpose.RETURN, daily), frequency="weekly")
    assert "From now on: Once a week, the best of it." in words(page)


def test_what_else_is_got_is_said_and_left_in_one_press(both: Reader) -> None:
    daily, weekend = both.subscribed(), both.subscribed(newsletter="weekend")
    page = both.post(both.link(Purpose.UNSUBSCRIBE, daily))
    assert "You still get The Weekend Ledger" in words(page)
    (form,) = (form for form in soup(page).select("form") if str(form["action"]).endswith("/all"))
    assert "You still get" not in words(both.post(str(form["action"])))
    assert both.state(weekend) == "unsubscribed"


def test_who_left_still_reaches_their_data(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    page = reader.get(reader.link(Purpose.PREFERENCES, number))
    assert reader.get(address_of(page, "Download what we know about you (JSON)")).status_code == 200
    assert reader.get(address_of(page, "Be forgotten")).status_code == 200


def test_a_reason_is_noted_once_for_each_time(reader: Reader) -> None:
    number = reader.subscribed()
    link = reader.link(Purpose.UNSUBSCRIBE, number)
    for _ in range(2):
        reader.post(link)
        reader.post(f"{link}/why", why="too_many")
        told = reader.last_event().id
        assert "Why do you leave?" not in words(reader.get(link))
        reader.post(f"{link}/why", why="looks_broken")
        assert (reader.last_event().id, reader.last_event().event) == (told, "reason_given")
        undo(reader, number)


def test_who_never_confirmed_does_not_come_back_by_it(reader: Reader) -> None:
    number = reader.pending()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    assert undo(reader, number) == 409
    assert reader.state(number) == "unsubscribed"


def test_who_complained_does_not_come_back_by_it(reader: Reader) -> None:
    number, app = reader.subscribed(), reader.app
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    with app.database.writing() as session:
        suppress(session, app.tokens, EMAIL, SuppressionReason.COMPLAINED, app.clock.now())
    assert undo(reader, number) == 409
    assert reader.state(number) == "unsubscribed"


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_brings_nobody_back(reader: Reader, method: str) -> None:
    number = reader.subscribed()
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    assert getattr(reader.http, method)(reader.link(Purpose.RETURN, number)).status_code == 405
    assert reader.state(number) == "unsubscribed"


def test_the_reason_is_noted_in_an_event_of_its_own(reader: Reader) -> None:
    number = reader.subscribed()
    link = reader.link(Purpose.UNSUBSCRIBE, number)
    reader.post(link)
    page = reader.post(f"{link}/why", why="too_many", words="Twice on\nSundays")
    assert "Thank you for telling us." in words(page)
    event = reader.last_event()
    assert (event.event, event.detail) == ("reason_given", {"reason": "too_many: Twice on Sundays"})


def test_a_reason_of_who_has_not_left_is_not_taken(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(f"{reader.link(Purpose.UNSUBSCRIBE, number)}/why", why="too_many")
    assert reader.last_event().event == "confirmed"


def test_all_newsletters_are_left_at_once(reader: Reader) -> None:
    first, second = reader.subscribed(), reader.subscribed(newsletter="weekend")
    page = reader.post(f"{reader.link(Purpose.UNSUBSCRIBE, first)}/all")
    assert "You have left all of our newsletters." in words(page)
    assert (reader.state(first), reader.state(second)) == ("unsubscribed", "unsubscribed")
