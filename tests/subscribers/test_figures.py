"""Figures day by day, where readers signed up, how they left: all from the events, and true to the register."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from newsletter.clock import SetClock
from subscribers.bouncing import Bounce, bounced
from subscribers.complaining import complained
from subscribers.database import Base, open_database
from subscribers.evidence import Evidence, append
from subscribers.figures import Day, Departure, Page, days, departures, keep_days, pages, span_of
from subscribers.leaving import give_reason, unsubscribe
from subscribers.models import DayCount, Subscription
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.states import Event, NoSuchTransition, State
from subscribers.tokens import Tokens
from tests.subscribers.conftest import Register

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = date(2026, 3, 10)  # when the tests' clock stands
DAY = timedelta(days=1)


def told(register: Register, since: date = TUESDAY, until: date | None = None, **more: str) -> list[Day]:
    today = register.now.astimezone(BERLIN).date()
    with register.database.reading() as session:
        return days(session, BERLIN, since, until or today, today=today, **more)


def sign_up_on(register: Register, email: str, page: str, source: str = "form") -> int:
    with register.database.writing() as session:
        proof = Evidence(source, source_page=page)
        return sign_up(session, register.tokens, SignUp(email, "evening"), proof, register.now, mails_per_day=9).id


@pytest.fixture
def week(any_register: Register) -> Register:
    """Tuesday: three sign up, one twice, two confirm, one is brought in. Wednesday: one leaves, one bounces."""
    register = any_register
    ada, bob, _ = (register.sign_up(f"{name}@reader.example") for name in ("ada", "bob", "cleo"))
    register.sign_up("ada@reader.example")
    register.confirm(ada)
    register.confirm(bob)
    register.bring_in("dora@reader.example")
    register.sign_up("eva@reader.example", "weekend")
    register.clock.sleep(86_400)
    register.leave(ada, reason="too_many")
    with register.database.writing() as session:
        bounced(session, [Bounce(bob, "bob@reader.example", "5.1.1", "no such user")], register.now)
    return register


def test_what_happened_day_by_day(week: Register) -> None:
    assert told(week, newsletter="evening") == [
        Day(TUESDAY, signed_up=3, confirmed=2, imported=1, growth=3, active=3),
        Day(TUESDAY + DAY, left=1, bounced=1, growth=-1, active=2),
    ]
    assert [day.signed_up for day in told(week)] == [4, 0]


def test_days_before_the_first_and_after_the_last_are_empty(week: Register) -> None:
    week.clock.sleep(2 * 86_400)
    before, *_, after = told(week, since=TUESDAY - DAY)
    assert before == Day(TUESDAY - DAY)
    assert after == Day(TUESDAY + 3 * DAY, active=2)


def test_days_in_the_past_end_with_how_many_there_were_then(week: Register) -> None:
    assert told(week, until=TUESDAY, newsletter="evening")[-1].active == 3


def test_a_day_is_the_newsrooms(any_register: Register) -> None:
    any_register.clock.moment = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    any_register.sign_up()
    assert [day.signed_up for day in told(any_register, since=TUESDAY)] == [0, 1]


def test_the_days_on_which_the_clocks_change_have_all_their_hours(any_register: Register) -> None:
    for moment in ("2026-03-28T22:59", "2026-03-28T23:01", "2026-03-29T21:59", "2026-03-29T22:01"):
        any_register.clock.moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        any_register.sign_up(f"r{moment[8:13]}{moment[14:]}@reader.example")
    assert [day.signed_up for day in told(any_register, since=date(2026, 3, 28))] == [1, 2, 1]


def test_who_is_active_and_signs_up_again_is_no_sign_up(week: Register) -> None:
    week.sign_up("bob@reader.example")
    assert told(week)[-1].signed_up == 0


def test_a_complaint_after_leaving_is_told_and_changes_nothing(week: Register) -> None:
    with week.database.writing() as session:
        left = session.get_one(Subscription, 1)
        append(session, left, Event.COMPLAINED, Evidence("mail"), week.now)
    assert (told(week)[-1].complained, told(week)[-1].growth) == (1, -1)


def test_confirmations_by_page(any_register: Register) -> None:
    numbers = [
        sign_up_on(any_register, f"r{number}@reader.example", f"https://ledger.example/{page}")
        for number, page in enumerate(["tide?from=a", "tide#form", "tide", "quay"])
    ]
    sign_up_on(any_register, "api@reader.example", "", source="api")
    for number in numbers[:2]:
        any_register.confirm(number)
    with any_register.database.reading() as session:
        found = pages(session, span_of(TUESDAY, TUESDAY, BERLIN), newsletter="evening")
    assert found[0] == Page("form", "https://ledger.example/tide", 3, 2)
    assert sorted(found[1:], key=lambda one: one.source) == [
        Page("api", "", 1, 0),
        Page("form", "https://ledger.example/quay", 1, 0),
    ]
    assert round(found[0].rate, 2) == 0.67


def test_who_signs_up_on_several_pages_counts_for_the_first(any_register: Register) -> None:
    sign_up_on(any_register, "ada@reader.example", "https://ledger.example/tide")
    any_register.confirm(sign_up_on(any_register, "ada@reader.example", "https://ledger.example/quay"))
    sign_up_on(any_register, "ada@reader.example", "https://ledger.example/quay")
    with any_register.database.reading() as session:
        found = pages(session, span_of(TUESDAY, TUESDAY, BERLIN))
    assert found == [Page("form", "https://ledger.example/tide", 1, 1)]


def test_leavers_by_way_and_reason_also_one_given_afterwards(week: Register) -> None:
    week.leave(2)
    week.clock.sleep(60)
    with week.database.writing() as session:
        give_reason(session, 2, "not_interested: It is dull", Evidence("link"), week.now)
    week.leave(3)  # was never active
    with week.database.reading() as session:
        found = departures(session, span_of(TUESDAY, TUESDAY + DAY, BERLIN), newsletter="evening")
    assert sorted(found, key=lambda one: one.reason) == [
        Departure(Event.UNSUBSCRIBED, "link", "not_interested", 1),
        Departure(Event.UNSUBSCRIBED, "link", "too_many", 1),
    ]


def test_a_reason_is_of_the_leaving_it_belongs_to(any_register: Register) -> None:
    number = any_register.sign_up()
    for reason in ("", "dull"):
        any_register.sign_up()
        any_register.confirm(number)
        any_register.leave(number, reason=reason)
    with any_register.database.reading() as session:
        found = departures(session, span_of(TUESDAY, TUESDAY, BERLIN))
    assert sorted(one.reason for one in found) == ["", "dull"]


def test_days_that_are_over_are_counted_once(week: Register) -> None:
    live = told(week)
    assert keep_days(week.database, BERLIN, week.now - timedelta(hours=6)) == 0  # Tuesday has just ended
    week.clock.sleep(86_400)
    assert keep_days(week.database, BERLIN, week.now, stop=lambda: True) == 0
    assert keep_days(week.database, BERLIN, week.now) == 2
    assert keep_days(week.database, BERLIN, week.now) == 0
    assert told(week)[:2] == live
    assert told(week, newsletter="evening")[:2] == [
        Day(TUESDAY, signed_up=3, confirmed=2, imported=1, growth=3, active=3),
        Day(TUESDAY + DAY, left=1, bounced=1, growth=-1, active=2),
    ]


def test_kept_days_are_what_is_read(week: Register) -> None:
    week.clock.sleep(2 * 86_400)
    keep_days(week.database, BERLIN, week.now)
    with week.database.writing() as session:
        session.query(DayCount).filter(DayCount.event == "bounced").update({"events": 7})
    assert [day.bounced for day in told(week)] == [0, 7, 0, 0]
    tokyo = ZoneInfo("Asia/Tokyo")  # where days begin at another moment
    with week.database.reading() as session:
        elsewhere = days(session, tokyo, TUESDAY, TUESDAY + 2 * DAY, today=TUESDAY + 3 * DAY)
    assert [day.bounced for day in elsewhere] == [0, 0, 1]


_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["sign_up", "confirm", "leave", "bring_in", "complain", "keep"]),
        st.integers(0, 2),
        st.sampled_from([0.1, 5, 30]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(acts=_ACTS)
def test_replayed_from_the_start_the_events_give_what_the_register_says(
    acts: list[tuple[str, int, float]],
) -> None:
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    clock = SetClock(datetime(2026, 3, 10, 16, 0, tzinfo=UTC))
    register = Register(database, Tokens("a secret for tests that is long enough"), clock)
    for act, person, hours in acts:
        clock.sleep(hours * 3600)
        _do(register, act, f"r{person}@reader.example")
    found = told(register)
    with database.reading() as session:
        active = session.scalar(select(func.count()).where(Subscription.state == State.ACTIVE))
    assert (found[0].active - found[0].growth, found[-1].active) == (0, active)
    assert sum(day.growth for day in found) == active
    database.dispose()


def _do(register: Register, act: str, email: str) -> None:
    if act == "keep":
        keep_days(register.database, BERLIN, register.now)
    elif act == "sign_up":
        register.sign_up(email)
    elif act == "bring_in":
        register.bring_in(email)
    else:
        _to_subscription(register, act, email)


def _to_subscription(register: Register, act: str, email: str) -> None:
    with register.database.reading() as session:
        known = session.scalars(
            select(Subscription.id).join(Subscription.subscriber).filter_by(address=email)
        ).first()
    if known is None:
        return
    with suppress(NoSuchTransition), register.database.writing() as session:
        if act == "confirm":
            confirm(session, known, Evidence("link"), register.now)
        elif act == "leave":
            unsubscribe(session, known, Evidence("link"), register.now)
        else:
            complained(session, register.tokens, known, Evidence("mail"), register.now)
