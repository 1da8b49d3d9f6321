"""`newsletter deliveries`: who got it, in sums and one by one; doubts decided; details dropped for their age."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.clock import SystemClock
from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.delivery.ledger.tidying import tidy
from newsletter.delivery.reports import report
from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from subscribers.database import Database, open_database
from subscribers.models import Subscriber
from tests.cli.conftest import Place

READERS = ("ada", "ben", "cleo", "dora")


@pytest.fixture
def sent(evening: Place) -> Place:
    """Four readers got it: then the books are told that ben's is in doubt, and cleo and dora were refused."""
    for name in READERS[1:]:
        evening.ok("subscribers", "add", f"{name}@reader.example", "--confirmed", "at the fair")
    evening.ok("issues", "send")
    _settle(evening, "ben", DeliveryState.IN_DOUBT, "the line was cut", doubts=1)
    for name in ("cleo", "dora"):
        _settle(evening, name, DeliveryState.REJECTED, f"550 5.1.1 <{name}@reader.example> unknown")
    return evening


def test_an_issue_is_told_in_sums_then_refusals_then_one_by_one(sent: Place) -> None:
    first, sums, refused, blank, *lines = sent.ok("deliveries", "--issue", "evening").splitlines()
    assert (first.endswith("is sent."), blank) == (True, "")
    assert sums == "4 deliveries: accepted 1 · rejected 2 · in doubt 1"
    assert refused == "  2 rejected: 550 5.1.1 (address) unknown"
    assert [line.partition("@")[0] for line in lines] == list(READERS)
    assert "in doubt since " in lines[1]
    assert lines[1].endswith("; it may have arrived: the line was cut")


def test_one_state_and_at_most_so_many(sent: Place) -> None:
    [doubt] = sent.json("deliveries", "--issue", "evening", "--state", "in_doubt")
    assert (doubt["email"], doubt["doubts"], doubt["left_at"]) == ("ben@reader.example", 1, None)
    assert len(sent.json("deliveries", "show", "--issue", "evening", "--limit", "2")) == 2
    assert sent.json("deliveries", "--issue", "evening", "--state", "deferred") == []


def test_a_reader_is_told_issue_by_issue_in_words(sent: Place) -> None:
    [line] = sent.ok("deliveries", "ada@reader.example").splitlines()
    assert line.startswith("evening ")
    assert ": accepted at " in line
    [refused] = sent.ok("deliveries", "dora@reader.example").splitlines()
    assert refused.endswith("550 5.1.1 <dora@reader.example> unknown")
    assert sent.ok("deliveries", "nobody@reader.example") == "No issue was owed there yet.\n"


def test_neither_a_reader_nor_an_issue_is_wrong_usage(sent: Place) -> None:
    for words in (["show"], ["resend"], ["leave"]):
        assert sent.run("deliveries", *words).exit_code == 2
    assert "resend" in sent.ok("deliveries", "--help")


def test_what_is_sent_again_leaves_with_the_next_run(sent: Place) -> None:
    before = len(sent.letters())
    said = sent.ok("deliveries", "resend", "--issue", "evening")
    assert said == "1 letter in doubt will be sent again, by the daemon or `newsletter issues send`.\n"
    assert "to be sent again from " in sent.ok("deliveries", "ben@reader.example")
    assert sent.json("issues", "send")["accepted"] == 1
    assert len(sent.letters()) in {
        before,
        before + 1,
    }  # the same name, where the folder keys letters by Message-ID
    assert "a second copy may have arrived" in sent.ok("deliveries", "ben@reader.example")
    assert sent.ok("deliveries", "resend", "--issue", "evening") == "Nothing there waits for a decision.\n"
    assert sent.json("issues", "show")["history"][-1]["event"] == "sent again"


def test_what_is_left_stays_in_doubt(sent: Place) -> None:
    said = sent.ok("deliveries", "leave", "--issue", "evening", "ben@reader.example")
    assert said.startswith("1 letter will be left in doubt")
    assert "; left so at " in sent.ok("deliveries", "ben@reader.example")
    assert sent.json("issues", "send")["accepted"] == 0
    done = sent.run("deliveries", "leave", "--issue", "evening", "nobody@reader.example")
    assert (done.exit_code, "has ever signed up" in done.stderr) == (1, True)


def test_details_that_were_dropped_are_told_and_the_sums_stay(sent: Place) -> None:
    with _database(sent) as database:
        later = SystemClock().now() + timedelta(days=400)
        assert tidy(database, later, timedelta(days=390)).deliveries == 4
    said = sent.ok("deliveries", "--issue", "evening")
    assert "4 deliveries: accepted 1 · rejected 2 · in doubt 1\n" in said
    assert "Details of 4 were dropped for their age ([delivery] keep_days)." in said
    done = sent.run("deliveries", "ada@reader.example")
    assert "Of 1 issue, up to that of " in done.stderr
    assert json.loads(sent.ok("deliveries", "ada@reader.example", "--json")) == []


def test_why_an_address_is_barred_is_shown(sent: Place) -> None:
    words = "550 5.1.1 no such user"
    with _database(sent) as database, database.writing() as session:
        number = _subscription(session, "dora")
        refused = Settlement(number, DeliveryState.REJECTED, status="5.1.1", reply=words)
        report(session, SystemClock().now(), [("dora@reader.example", number, refused)])
    shown = sent.json("subscribers", "why", "dora@reader.example")
    assert shown["suppressed"].startswith("bounced on ")
    assert shown["suppressed"].endswith(words)
    assert (shown["events"][-1]["event"], shown["events"][-1]["source"]) == ("bounced", "mail_server")
    assert shown["events"][-1]["detail"] == f"status: 5.1.1, reply: {words}"


def test_sending_tells_seconds_and_rate(evening: Place) -> None:
    told = evening.json("issues", "send")
    assert told["accepted"] == 1
    assert told["seconds"] >= 0
    assert told["messages_per_second"] >= 0


@contextmanager
def _database(place: Place) -> Iterator[Database]:
    database = open_database(f"sqlite:///{place.folder / 'newsletter.db'}")
    try:
        yield database
    finally:
        database.dispose()


def _settle(place: Place, name: str, state: DeliveryState, reply: str, doubts: int = 0) -> None:
    with _database(place) as database, database.writing() as session:
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.subscription_id == _subscription(session, name))
            .values(state=state, reply=reply, doubts=doubts, settled_at=SystemClock().now())
        )


def _subscription(session: Session, name: str) -> int:
    [reader] = session.query(Subscriber).filter(Subscriber.address == f"{name}@reader.example")
    return reader.subscriptions[0].id
