"""A warm-up: the days' caps by mailbox provider, over several processes; what exceeds them; when it is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger.admission import Candidate
from newsletter.delivery.ledger.tables import DeliveryRow, MailboxDomainRow, WarmUpRow
from newsletter.delivery.pace import ramp, warming
from newsletter.delivery.pace.domains import domain_of
from newsletter.delivery.pace.gate import Pacing
from newsletter.delivery.pace.warming import Warming
from newsletter.doctor.measuring import fates, together
from newsletter.doctor.names import Names
from newsletter.doctor.warming_up import learn, review
from newsletter.domain.delivery import Verdict
from newsletter.feedback.report import ReportKind
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.settings import Beyond, DomainPace, PaceSettings, WarmUpSettings
from subscribers.models import Subscriber
from tests.delivery.conftest import House, Script, answering
from tests.delivery.test_paced_issue import POLICY, work
from tests.name_server import name_server

PLAN = WarmUpSettings(date(2026, 3, 10), (5, 20), {"gmail": (3, 4)})
BERLIN = ZoneInfo("Europe/Berlin")
UNPACED = PaceSettings()


def move(house: House, domains: Mapping[str, range]) -> None:
    """Let readers of these numbers live at other domains; add those who are not there, and owe all an issue."""
    for domain, numbers in domains.items():
        for number in numbers:
            if number > 10:
                house.reader(number)
            with house.database.writing() as session:
                email = f"reader{number}@{domain}"
                session.execute(
                    update(Subscriber).where(Subscriber.id == number).values(email=email, address=email)
                )
    house.issue(day=11)


def work_off(house: House, settings: WarmUpSettings, pace: PaceSettings = UNPACED) -> Counter[tuple[str, str]]:
    """Send from two processes in turn until all is settled; return how many left by day and provider."""
    gates = [Pacing(pace, name, warming=Warming(settings, BERLIN)) for name in "ab"]
    left: Counter[tuple[str, str]] = Counter()
    for _ in range(2_000):
        sent = [email for gate in gates for email in work(house, gate, gate.owner)]
        day = str(ramp.day_of(house.clock.now(), BERLIN))
        left.update((day, ramp.provider_of(domain_of(each), {})) for each in sent)
        with house.database.reading() as session:
            due = ledger.next_due(session, house.issue_id, POLICY)
            opens = gates[0].open_at(session, house.clock.now())
        if due is None:
            return left
        if not sent:
            house.clock.moment = max(due, opens, house.clock.now())
    raise AssertionError(f"the issue never ends: {house.books()}")


def test_each_provider_has_its_days(house: House) -> None:
    move(house, {"gmail.com": range(11, 21)})
    left = work_off(house, PLAN)
    assert left == {
        ("2026-03-10", "others"): 5,
        ("2026-03-11", "others"): 5,
        ("2026-03-10", "gmail"): 3,
        ("2026-03-11", "gmail"): 4,
        ("2026-03-12", "gmail"): 3,  # the ramp is over
    }
    assert house.books() == {"accepted": 20}


def test_together_with_a_pace_nothing_is_counted_that_did_not_leave(house: House) -> None:
    move(house, {"gmail.com": range(11, 21)})
    pace = PaceSettings(messages_per_second=2, domains={"gmail.com": DomainPace(messages_per_second=1)})
    left = work_off(house, PLAN, pace)
    assert left[("2026-03-10", "gmail")] == 3
    with house.database.reading() as session:
        taken = {(str(row.day), row.provider): row.taken for row in warming.days(session)}
    assert taken == {key: number for key, number in left.items() if key != ("2026-03-12", "gmail")}


def test_what_waits_is_said_in_the_books_and_its_time_begins_anew(house: House) -> None:
    start = house.clock.now()
    house.settings = replace(house.settings, warm_up=replace(PLAN, per_day=(4,)))
    transport = Script()
    house.send(transport)
    assert len(transport.sent) == 4
    with house.database.reading() as session:
        waiting = session.scalars(select(DeliveryRow).where(DeliveryRow.state == "owed")).all()
    assert {each.reply for each in waiting} == {"waits for another day: the warm-up lets 4 a day go to others"}
    assert {each.first_due_at for each in waiting} == {start + timedelta(days=1)}
    assert house.books() == {"accepted": 4, "owed": 6}


def test_what_exceeds_may_be_spread_or_left_out(house: House) -> None:
    house.settings = replace(house.settings, warm_up=replace(PLAN, per_day=(1,), beyond=Beyond.SKIP))
    house.send(Script())
    assert house.books() == {"accepted": 1, "withdrawn": 9}
    spread = replace(PLAN, beyond=Beyond.SPREAD)
    now = house.clock.now()
    moments = [ramp.another_day(spread, now, BERLIN, f"r{n}@x.example") - now for n in range(200)]
    hours = Counter(each // timedelta(hours=3) for each in moments)
    assert set(hours) == {5, 6, 7, 8}  # from eight to eight in Berlin
    assert min(hours.values()) > 30


def test_what_was_tried_before_is_neither_counted_again_nor_left_out(house: House) -> None:
    house.settings = replace(house.settings, warm_up=replace(PLAN, per_day=(4,), beyond=Beyond.SKIP))
    house.send(Script(answering(Verdict.DEFERRED, *range(1, 11))))
    assert house.books() == {"deferred": 4, "withdrawn": 6}
    house.later(minutes=30)
    house.send(Script())
    assert house.books() == {"accepted": 4, "withdrawn": 6}
    with house.database.reading() as session:
        assert [row.taken for row in warming.days(session)] == [4]


def test_the_same_hour_tomorrow_also_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    assert ramp.another_day(PLAN, before, BERLIN, "a@b.c") == datetime(2026, 3, 29, 16, 0, tzinfo=UTC)


def test_before_the_first_day_there_is_no_limit(house: House) -> None:
    house.settings = replace(house.settings, warm_up=replace(PLAN, starts_on=date(2026, 3, 11), per_day=(1,)))
    house.send(Script())
    assert house.books() == {"accepted": 10}


def test_a_held_ramp_stays_at_its_step(house: House) -> None:
    gate, day = Warming(PLAN, BERLIN), house.clock.now()
    with house.database.writing() as session:
        gate.put_off(session, day, [])
        session.add(WarmUpRow(day=date(2026, 3, 9), provider="others", step=0, cap=5, taken=5, put_off=0))
        assert warming.hold(session, "others", "complaints")
        assert not warming.hold(session, "others", "complaints")
    assert cap_of(house, gate) == 5
    with house.database.writing() as session:
        assert warming.hold(session, "others", "")
        house.clock.moment += timedelta(days=1)
    assert cap_of(house, gate) == 20


def cap_of(house: House, gate: Warming) -> int:
    with house.database.writing() as session:
        gate.put_off(session, house.clock.now(), [Candidate("a@reader.example", 0)])
        return warming.days(session)[-1].cap


def report(session: Session, house: House, number: int, kind: ReportKind, consequence: str) -> None:
    incoming = Incoming(source="mail", key=f"{kind}{number}", received_at=house.clock.now(), body=b"")
    session.add(incoming)
    session.flush()
    session.add(
        ReportRow(
            incoming_id=incoming.id,
            source="mail",
            key=f"{kind}{number}",
            kind=kind,
            at=house.clock.now(),
            issue_id=house.issue_id,
            subscription_id=number,
            consequence=consequence,
        )
    )


def test_complaints_and_bounces_hold_the_ramp_until_they_fall(house: House) -> None:
    move(house, {"gmail.com": range(11, 71)})
    house.settings = replace(house.settings, warm_up=replace(PLAN, per_day=(100,), providers={}))
    house.send(Script())
    with house.database.writing() as session:
        assert review(session, house.settings, house.clock.now()) == {}
        report(session, house, 11, ReportKind.COMPLAINED, "complained")
        report(session, house, 12, ReportKind.BOUNCED, "suppressed")
        report(session, house, 13, ReportKind.BOUNCED, "counted")
    with house.database.writing() as session:
        measured = together(fates(session, date(2026, 3, 1), BERLIN))["gmail"]
        assert (measured.sent, measured.bounced, measured.complained) == (60, 1, 1)
        changed = review(session, house.settings, house.clock.now())
    assert changed == {"gmail": "complaints: 1 of 60 letters (1.67 %)"}
    house.clock.moment += timedelta(days=7)
    with house.database.writing() as session:
        assert review(session, house.settings, house.clock.now()) == {"gmail": ""}


def test_whose_mailboxes_a_domain_has_is_learned_from_its_mx(house: House) -> None:
    move(house, {"school.example": range(1, 4), "firm.example": range(4, 6), "gmail.com": range(6, 8)})
    with name_server() as server:
        server.zone["school.example"] = {"MX": ["1 aspmx.l.google.com.", "5 alt1.aspmx.l.google.com."]}
        server.zone["firm.example"] = {"MX": ["0 firm-example.mail.protection.outlook.com."]}
        assert learn(house.database, Names(server.resolver), house.clock.now()) == 3
        assert learn(house.database, Names(server.resolver), house.clock.now()) == 0
    with house.database.reading() as session:
        rows = {row.domain: row.provider for row in session.scalars(select(MailboxDomainRow))}
        assert rows == {"school.example": "gmail", "firm.example": "outlook", "reader.example": "others"}
        gate = Warming(PLAN, BERLIN)
        assert gate._provider(session, "a@school.example") == "gmail"


@pytest.mark.parametrize(
    ("domain", "provider"), [("hotmail.co.uk", "outlook"), ("aol.com", "yahoo"), ("notgmail.com", "others")]
)
def test_some_are_known_by_name(domain: str, provider: str) -> None:
    assert ramp.provider_of(domain, {}) == provider
    assert ramp.by_exchange("evil-google.com") == "others"
