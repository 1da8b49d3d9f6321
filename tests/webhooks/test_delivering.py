"""Webhooks from the event to the other system's door: signed, at least once, whatever that system does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from newsletter.webhooks import endpoints, outbox, retry
from newsletter.webhooks.sending import Reply
from newsletter.webhooks.settling import settle
from newsletter.webhooks.tables import MessageState
from subscribers.models import Subscriber
from tests.webhooks.conftest import LEFT, SIGNED_UP, Newsroom, Shop, patient


def test_what_was_asked_for_arrives_and_its_signature_is_good(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.sign_up("before@reader.example")
    _, secret = newsroom.add(shop.url, LEFT)
    subscription = newsroom.sign_up()
    newsroom.leave(subscription)
    assert newsroom.work() == 1
    (received,) = shop.received
    told = received.verified_by(secret)
    assert (told["type"], told["timestamp"]) == (LEFT, "2026-03-10T16:00:00Z")
    assert told["data"]["email"] == "ada@reader.example"
    assert told["data"]["subscription_id"] == subscription
    assert newsroom.work() == 0


def test_a_failure_is_tried_again_with_the_same_id(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    shop.answers = [500, 503, 200]
    assert newsroom.work() == 0
    assert newsroom.work(timedelta(seconds=4)) == 0
    assert len(shop.received) == 1
    assert newsroom.work(timedelta(seconds=2)) == 0
    assert newsroom.work(timedelta(minutes=2)) == 1
    assert len(shop.received) == 3
    assert len(set(shop.ids)) == 1
    assert newsroom.endpoint().failing_since is None


def test_an_endpoint_that_fails_is_left_alone_and_keeps_what_it_is_owed(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    for number in range(5):
        newsroom.sign_up(f"reader{number}@home.example")
    shop.answers = [500, 200]
    assert newsroom.work() == 0
    assert newsroom.work() == 0
    assert len(shop.received) == 1
    assert newsroom.work(timedelta(minutes=1)) == 5


def test_one_that_hangs_holds_up_no_other(newsroom: Newsroom, shop: Shop, other_shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.add(other_shop.url)
    shop.hangs = True
    newsroom.sign_up()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(newsroom.work)
        assert shop.arrival(1)
        newsroom.sign_up("mia@reader.example")
        assert other_shop.arrival(2)
        assert not working.done()
        shop.over.set()
        assert working.result() == 4


def test_one_that_hangs_is_cut_off(newsroom: Newsroom, shop: Shop) -> None:
    patient(newsroom, 0.3)
    newsroom.add(shop.url)
    shop.hangs = True
    newsroom.sign_up()
    assert newsroom.work() == 0
    assert newsroom.endpoint().trouble == "No answer within 0.3 seconds."


def test_a_redirect_is_not_followed(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    shop.answers, shop.headers = [302], {"Location": shop.url}
    newsroom.sign_up()
    assert newsroom.work() == 0
    assert len(shop.received) == 1
    assert newsroom.endpoint().trouble == "Answered 302; a redirect is not followed."


def test_410_ends_it_until_somebody_sets_it_going_again(newsroom: Newsroom, shop: Shop) -> None:
    number, _ = newsroom.add(shop.url)
    shop.answers = [410, 200]
    newsroom.sign_up()
    newsroom.work()
    newsroom.sign_up("mia@reader.example")
    assert newsroom.work(timedelta(days=1)) == 0
    assert len(shop.received) == 1
    with newsroom.database.writing() as session:
        endpoints.enable(session, number, newsroom.clock.now(), actor="cli")
    assert newsroom.work() == 2


def test_after_three_days_of_failures_it_is_disabled(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    shop.answers = [500]
    newsroom.sign_up()
    for _ in range(20):
        newsroom.work(timedelta(hours=6))
    endpoint = newsroom.endpoint()
    assert endpoint.disabled_at is not None and endpoint.failing_since is not None
    assert timedelta(days=3) <= endpoint.disabled_at - endpoint.failing_since <= timedelta(days=4)
    assert endpoint.trouble == "Answered 500: well"


def test_a_message_is_given_up_after_its_last_attempt() -> None:
    delays = [retry.delay(attempt, 0) for attempt in range(1, 12)]
    assert delays.pop() is None
    assert sum((delay for delay in delays if delay), timedelta(0)) > retry.GIVE_UP_ENDPOINT_AFTER
    assert retry.delay(1, 0.1) == timedelta(seconds=5.5)


def test_an_endpoint_may_ask_for_time(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    shop.answers, shop.headers = [429, 200], {"Retry-After": "120"}
    newsroom.sign_up()
    newsroom.work()
    assert newsroom.work(timedelta(seconds=119)) == 0
    assert newsroom.work(timedelta(seconds=2)) == 1


def test_a_crash_before_settling_sends_again_with_the_same_id(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    with newsroom.database.writing() as session:
        outbox.fan_out(session, 1, 1, newsroom.clock.now())
    with newsroom.database.writing() as session:
        lost = outbox.claim(session, 1, newsroom.webhooks.secrets, newsroom.clock.now())
    assert lost is not None
    assert newsroom.work() == 0
    assert newsroom.work(outbox.LEASE) == 1
    assert shop.ids == [lost.letters[0].message_id]


def test_who_lost_the_lease_settles_nothing(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    with newsroom.database.writing() as session:
        outbox.fan_out(session, 1, 1, newsroom.clock.now())
        late = outbox.claim(session, 1, newsroom.webhooks.secrets, newsroom.clock.now())
    assert late is not None
    assert newsroom.work(outbox.LEASE) == 1
    with newsroom.database.writing() as session:
        settle(session, late, 1, Reply(500, "Answered 500."), newsroom.clock.now(), jitter=0)
    assert [message.state for message in newsroom.messages()] == [MessageState.DELIVERED]


def test_many_events_are_looked_at_in_pieces(
    newsroom: Newsroom, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 3)
    newsroom.add(shop.url, SIGNED_UP, LEFT)
    for number in range(7):
        newsroom.sign_up(f"reader{number}@home.example")
    assert newsroom.work() == 7
    assert len(set(shop.ids)) == 7


def test_who_was_erased_meanwhile_is_not_told_of(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    shop.answers = [500, 200]
    newsroom.work()
    with newsroom.database.writing() as session:
        session.get_one(Subscriber, 1).email = ""
    assert newsroom.work(timedelta(minutes=1)) == 1
    assert b"ada@reader.example" not in shop.received[-1].body


def test_settled_messages_are_forgotten_after_a_time(newsroom: Newsroom, shop: Shop) -> None:
    newsroom.add(shop.url)
    newsroom.sign_up()
    newsroom.work()
    now = newsroom.clock.now()
    assert newsroom.webhooks.forget(now, lambda: False) == 0
    assert newsroom.webhooks.forget(now + timedelta(seconds=1), lambda: False) == 1
    assert newsroom.messages() == []
