"""What readers choose besides sections: rhythm, pause, address; what is held on them, and being forgotten."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.clock import SetClock
from subscribers.models import (
    Notice,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    Suppression,
    SuppressionReason,
)
from subscribers.suppression import suppress
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, address_of, soup, words

NEW = "ada@elsewhere.example"


def subscription(reader: Reader, number: int) -> Subscription:
    with reader.app.database.reading() as session:
        found = session.get_one(Subscription, number)
        session.refresh(found.subscriber)
        return found


def preferences(reader: Reader, number: int) -> str:
    return reader.link(Purpose.PREFERENCES, number)


def test_how_often_when_and_where(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(preferences(reader, number), frequency="weekly", hour="7", time_zone="America/New_York")
    kept = subscription(reader, number)
    assert (kept.frequency, kept.hour, kept.subscriber.time_zone) == ("weekly", 7, "America/New_York")
    assert reader.last_event().detail == {"frequency": "weekly", "hour": "7", "time_zone": "America/New_York"}
    reader.post(preferences(reader, number), hour="", time_zone="")
    kept = subscription(reader, number)
    assert (kept.frequency, kept.hour, kept.subscriber.time_zone) == ("weekly", None, "")


@pytest.mark.parametrize("fields", [{"frequency": "hourly"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../x"}])
def test_what_is_no_choice_is_not_taken(reader: Reader, fields: dict[str, str]) -> None:
    number = reader.subscribed()
    assert reader.post(preferences(reader, number), **fields).status_code == 200
    assert reader.last_event().event == "confirmed"


@pytest.mark.parametrize("hour", ["24", "-1", "noon", "²"])
def test_an_hour_that_is_none_means_the_newsletter_s(reader: Reader, hour: str) -> None:
    number = reader.subscribed()
    assert reader.post(preferences(reader, number), hour=hour).status_code == 200
    assert subscription(reader, number).hour is None


def test_a_pause_begins_ends_and_may_be_ended(reader: Reader) -> None:
    number = reader.subscribed(time_zone="America/New_York")
    link = preferences(reader, number)
    day = (reader.app.clock.now() + timedelta(days=10)).date()
    assert reader.post(f"{link}/pause", until=day.isoformat()).status_code == 303
    until = subscription(reader, number).paused_until
    assert until is not None
    assert until.tzinfo is UTC
    assert until.replace(tzinfo=None) == datetime(day.year, day.month, day.day, until.hour)  # noqa: DTZ001
    assert until.hour in {4, 5}  # midnight in New York
    assert "You get no issues until" in words(reader.get(link))
    reader.post(f"{link}/pause")
    assert subscription(reader, number).paused_until is None


@pytest.mark.parametrize("until", ["2020-01-01", "tomorrow", "0001-01-01", "9999-12-31x"])
def test_a_pause_until_no_day_to_come_is_refused(reader: Reader, until: str) -> None:
    number = reader.subscribed()
    page = reader.post(f"{preferences(reader, number)}/pause", until=until)
    assert page.status_code == 422
    assert "Please choose a day that is still to come." in words(page)
    assert subscription(reader, number).paused_until is None


def notices(reader: Reader) -> list[tuple[str, str]]:
    with reader.app.database.reading() as session:
        rows = session.scalars(select(Notice).order_by(Notice.id))
        return [(row.kind, row.email) for row in rows if row.kind.startswith(("address", "preferences"))]


def move(reader: Reader, number: int, email: str = NEW) -> int:
    return reader.post(f"{preferences(reader, number)}/address", email=email).status_code


def confirm(reader: Reader, change: int, age: timedelta = timedelta()) -> int:
    return reader.post(reader.link(Purpose.ADDRESS, change, age=age)).status_code


def test_a_change_of_address_is_confirmed_by_the_new_one_and_told_to_the_old(reader: Reader) -> None:
    number = reader.subscribed()
    assert move(reader, number) == 303
    assert notices(reader) == [("address_change", NEW)]
    assert subscription(reader, number).subscriber.email == EMAIL
    assert NEW in words(reader.get(reader.link(Purpose.ADDRESS, 1)))
    assert subscription(reader, number).subscriber.email == EMAIL  # looking is not confirming
    assert [confirm(reader, 1), confirm(reader, 1)] == [200, 200]
    moved = subscription(reader, number).subscriber
    assert (moved.email, moved.address_hash) == (NEW, reader.app.tokens.address_hash(NEW))
    assert notices(reader) == [("address_change", NEW), ("address_changed", EMAIL)]
    assert reader.last_event().event == "address_changed"


def test_the_answer_is_the_same_whatever_the_new_address_is_to_us(reader: Reader) -> None:
    number = reader.subscribed()
    reader.subscribed("bo@reader.example")
    told = []
    for email in (NEW, "bo@reader.example", EMAIL):
        answer = reader.post(f"{preferences(reader, number)}/address", email=email)
        told.append((answer.status_code, words(reader.get(answer.headers["Location"]))))
    assert len(set(told)) == 1


def test_an_address_that_has_a_row_of_its_own_goes_on_with_both(both: Reader) -> None:
    evening, other = both.subscribed(), both.subscribed("bo@reader.example", "weekend")
    move(both, evening, "bo@reader.example")
    assert confirm(both, 1) == 200
    with both.app.database.reading() as session:
        got = session.scalars(select(Subscription).where(Subscription.state == "active")).all()
        assert {(each.newsletter, each.subscriber.email) for each in got} == {
            ("evening", "bo@reader.example"),
            ("weekend", "bo@reader.example"),
        }
    assert both.state(other) == "active"


def test_the_former_address_takes_the_change_back(reader: Reader, clock: SetClock) -> None:
    number = reader.subscribed()
    move(reader, number)
    confirm(reader, 1)
    link = reader.link(Purpose.OBJECT, 1)
    assert f"Everything you get from us will go to {EMAIL}" in words(reader.get(link))
    assert subscription(reader, number).subscriber.email == NEW  # looking takes nothing back
    assert [reader.post(link).status_code, reader.post(link).status_code] == [200, 200]
    assert subscription(reader, number).subscriber.email == EMAIL
    assert confirm(reader, 1) == 410
    clock.sleep(timedelta(days=15).total_seconds())
    assert reader.post(link).status_code == 410


def test_a_change_that_was_not_made_has_nothing_to_take_back(reader: Reader) -> None:
    number = reader.subscribed()
    move(reader, number)
    for row in (1, 99):
        assert reader.post(reader.link(Purpose.OBJECT, row)).status_code == 410
    assert confirm(reader, 1) == 200


def test_links_in_the_former_mailbox_open_nothing_but_leave_for_ever(reader: Reader, clock: SetClock) -> None:
    number = reader.subscribed()
    old, leave = preferences(reader, number), reader.link(Purpose.UNSUBSCRIBE, number)
    clock.sleep(60)
    move(reader, number)
    confirm(reader, 1)
    clock.sleep(60)
    for path in (old, f"{old}/data", f"{old}/erase"):
        page = reader.get(path)
        assert (page.status_code, NEW in page.text) == (410, False)
    for path in (old, f"{old}/pause", f"{old}/address", f"{old}/erase"):
        assert reader.post(path, name="Eve", email="eve@reader.example").status_code == 410
    assert reader.get(address_of(page, "Send me the link")).status_code == 200
    assert reader.get(preferences(reader, number)).status_code == 200
    assert reader.post(leave).status_code == 200
    assert reader.state(number) == "unsubscribed"


def test_an_address_that_must_not_be_written_to_is_not_moved_to(reader: Reader) -> None:
    number, app = reader.subscribed(), reader.app
    move(reader, number)
    with app.database.writing() as session:
        suppress(session, app.tokens, NEW, SuppressionReason.COMPLAINED, app.clock.now())
    page = reader.post(reader.link(Purpose.ADDRESS, 1))
    assert (page.status_code, "This address gets no mail from us" in words(page)) == (410, True)
    assert subscription(reader, number).subscriber.email == EMAIL


def test_only_the_latest_change_counts_and_not_for_ever(reader: Reader) -> None:
    number = reader.subscribed()
    move(reader, number, "first@elsewhere.example")
    move(reader, number, "second@elsewhere.example")
    assert confirm(reader, 1) == 410
    assert confirm(reader, 2, age=timedelta(days=8)) == 410
    assert subscription(reader, number).subscriber.email == EMAIL
    assert confirm(reader, 2) == 200


def test_no_address_gets_more_such_mails_than_the_day_allows(reader: Reader) -> None:
    number, bo = reader.subscribed(), reader.subscribed("bo@reader.example")
    assert [move(reader, number), move(reader, number)] == [303, 303]
    assert len(notices(reader)) == 1  # one that has yet to leave is not doubled
    for attempt in range(6):
        reader.send_all()
        assert move(reader, bo if attempt % 2 else number, NEW.upper()) == 303
    assert len(notices(reader)) == reader.app.settings.signup.mails_per_day


def test_a_reader_asks_no_more_strangers_than_the_day_allows(reader: Reader) -> None:
    number = reader.subscribed()
    for attempt in range(6):
        assert move(reader, number, f"stranger{attempt}@elsewhere.example") == 303
    assert len(notices(reader)) == reader.app.settings.signup.mails_per_day


def test_an_address_that_is_none_is_told(reader: Reader) -> None:
    number = reader.subscribed()
    page = reader.post(f"{preferences(reader, number)}/address", email="ada at elsewhere")
    assert page.status_code == 422
    assert soup(page).select_one("#email-error")


def test_a_link_that_is_asked_for_is_sent_to_readers_only_and_says_nothing(reader: Reader) -> None:
    reader.subscribed()
    pages = [reader.post("/preferences", email=email) for email in (EMAIL, "nobody@reader.example")]
    said = {words(page).replace(EMAIL, "X").replace("nobody@reader.example", "X") for page in pages}
    assert len(said) == 1
    assert [kind for kind, _ in notices(reader)] == ["preferences_link"]
    for _ in range(5):
        reader.post("/preferences", email=EMAIL)
    assert len(notices(reader)) == reader.app.settings.signup.mails_per_day


def test_all_that_is_held_is_handed_over(reader: Reader) -> None:
    number = reader.subscribed(name="Ada")
    answer = reader.get(f"{preferences(reader, number)}/data")
    assert "attachment" in answer.headers["Content-Disposition"]
    found = json.loads(answer.data)
    assert (found["reader"]["email"], found["reader"]["name"]) == (EMAIL, "Ada")
    (held,) = found["subscriptions"]
    assert [event["event"] for event in held["events"]] == ["signed_up", "confirmed"]
    assert found["letters"] == []


def test_looking_erases_nobody(reader: Reader) -> None:
    number = reader.subscribed()
    assert EMAIL in words(reader.get(f"{preferences(reader, number)}/erase"))
    assert subscription(reader, number).subscriber.email == EMAIL


def test_who_is_forgotten_is_nowhere_any_more_but_as_a_hash(reader: Reader) -> None:
    number = reader.subscribed(name="Ada")
    move(reader, number)
    page = reader.post(f"{preferences(reader, number)}/erase")
    assert "You are forgotten" in words(page)
    assert reader.post(f"{preferences(reader, number)}/erase").status_code == 200
    with reader.app.database.reading() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["erased"]
        assert session.scalars(select(Notice)).all() == []
        told = session.scalars(select(SubscriptionEvent)).all()
    assert [each.event for each in told] == ["signed_up", "confirmed", "erased"]
    assert all(not each.network_address and not each.detail for each in told)
    assert (subscription(reader, number).state, subscription(reader, number).subscriber.email) == (
        "unsubscribed",
        "",
    )
    assert reader.get(preferences(reader, number)).status_code == 410
    assert reader.post(reader.link(Purpose.UNSUBSCRIBE, number)).status_code == 200


def test_who_was_forgotten_may_come_back_as_somebody_new(reader: Reader) -> None:
    number = reader.subscribed()
    reader.post(f"{preferences(reader, number)}/erase")
    again = reader.subscribed()
    assert again != number
    assert reader.state(again) == "active"
    with reader.app.database.reading() as session:
        assert session.scalars(select(Suppression)).all() == []
        assert len(session.scalars(select(Subscriber)).all()) == 2
