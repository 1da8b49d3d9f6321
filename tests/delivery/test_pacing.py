"""The gate of the pace: two of them are two processes that share their limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from newsletter.clock import SetClock
from newsletter.delivery.ledger.admission import Candidate, Gate, Later
from newsletter.delivery.pace import buckets, limits, overview
from newsletter.delivery.pace.domains import domain_of
from newsletter.delivery.pace.gate import Pacing
from newsletter.domain.delivery import Outcome, Verdict
from newsletter.settings import DomainPace, PaceSettings
from subscribers.database import Database

SLOW = PaceSettings(domains={"slow.example": DomainPace(messages_per_second=2)})
NARROW = PaceSettings(domains={"narrow.example": DomainPace(concurrent=3)})
WHOLE = PaceSettings(messages_per_second=10)
NONE = PaceSettings()
BUSY = "421 4.7.0 too many messages"


def at(domain: str, count: int, slot: int = 0) -> list[Candidate]:
    return [Candidate(f"reader{n}@{domain}", slot) for n in range(count)]


def admit(database: Database, gate: Gate, now: datetime, asking: Sequence[Candidate]) -> list[Later | None]:
    with database.writing() as session:
        return list(gate.admit(session, now, asking))


def settle(database: Database, gate: Gate, now: datetime, *outcomes: tuple[str, Outcome]) -> None:
    with database.writing() as session:
        gate.settled(session, now, outcomes)


def refused(domain: str, reply: str = BUSY) -> tuple[str, Outcome]:
    return f"reader@{domain}", Outcome(1, Verdict.DEFERRED, "", reply)


def accepted(domain: str) -> tuple[str, Outcome]:
    return f"reader@{domain}", Outcome(1, Verdict.ACCEPTED, "2.0.0", "250 ok")


def in_force(database: Database, settings: PaceSettings, now: datetime) -> dict[str, overview.Limit]:
    with database.reading() as session:
        return {limit.key: limit for limit in overview.in_force(session, settings, now)}


def test_without_limits_everybody_goes_and_one_question_a_second_is_asked(
    any_database: Database, clock: SetClock
) -> None:
    gate = Pacing(NONE, "a")
    statements: list[str] = []
    event.listen(any_database.engine, "after_cursor_execute", lambda *about: statements.append(about[2]))
    with any_database.writing() as session:
        for _ in range(5):
            assert gate.allowance(session, clock.now(), 200) == 200
            assert gate.admit(session, clock.now(), at("mail.example", 200)) == [None] * 200
            gate.settled(session, clock.now(), [accepted("mail.example")] * 200)
            assert gate.open_at(session, clock.now()) == clock.now()
        clock.sleep(1)
        gate.allowance(session, clock.now(), 200)
    asked = [each for each in statements if not each.startswith("BEGIN")]
    assert len(asked) == 2
    assert all("FROM paces" in each for each in asked)


def test_a_slow_domain_steps_aside_and_nobody_else(any_database: Database, clock: SetClock) -> None:
    gate, now = Pacing(SLOW, "a"), clock.now()
    answers = admit(
        any_database, gate, now, at("fast.example", 3) + at("SLOW.example", 130) + at("x.slow.example", 1)
    )
    slow = answers[3:133]
    assert answers[:3] == [None] * 3
    assert answers[133] is None
    assert slow[:2] == [None, None]
    placed = [later for later in slow if later and later.slot]
    further = [later for later in slow if later and not later.slot]
    assert [(later.due_at - now).total_seconds() for later in placed[:4]] == [0.5, 1.0, 1.5, 2.0]
    assert len(placed) == 120
    assert all(timedelta(seconds=30) <= later.due_at - now < timedelta(seconds=60) for later in further)


def test_a_place_is_kept_from_those_who_come_meanwhile(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(SLOW, "a")
    first = admit(any_database, gate, clock.now(), at("slow.example", 3))[2]
    assert first is not None
    clock.moment = first.due_at
    answers = admit(
        any_database, gate, clock.now(), [*at("slow.example", 5), Candidate("p@slow.example", first.slot)]
    )
    assert answers[5] is None
    assert all(answers[:5])


def test_a_place_missed_for_long_is_gone(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(SLOW, "a")
    put_off = [later for later in admit(any_database, gate, clock.now(), at("slow.example", 102)) if later]
    clock.sleep(600)
    answers = admit(
        any_database, gate, clock.now(), [Candidate("p@slow.example", later.slot) for later in put_off]
    )
    assert answers.count(None) == 2


def test_two_processes_share_one_limit(any_database: Database, clock: SetClock) -> None:
    gates = [Pacing(SLOW, "a"), Pacing(SLOW, "b")]
    given: list[datetime] = []
    for _ in range(3):
        for gate in gates:
            answers = admit(any_database, gate, clock.now(), at("slow.example", 10))
            given += [later.due_at if later else clock.now() for later in answers]
    counted = Counter((moment - clock.now()) // timedelta(seconds=1) for moment in given)
    assert counted[0] == 3  # a burst of two, and one of the next second's
    assert all(count == 2 for second, count in counted.items() if 0 < second < 29)


@pytest.mark.postgres
def test_two_processes_at_once_share_one_limit(postgresql: Database, clock: SetClock) -> None:
    settings = PaceSettings(messages_per_second=50, domains=SLOW.domains)
    gates = [Pacing(settings, name) for name in "abcd"]

    def work(gate: Pacing) -> tuple[int, int]:
        through, slow = 0, 0
        for _ in range(10):
            with postgresql.writing() as session:
                gate.settled(session, clock.now(), [accepted("slow.example")])
                count = gate.allowance(session, clock.now(), 7)
                asking = (at("slow.example", 1) + at("fast.example", 6))[:count]
                answers = gate.admit(session, clock.now(), asking)
                through += answers.count(None)
                slow += answers[:1] == [None]
        return through, slow

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, gates))
    # 50 went at once, and the rest found less than a grain, which is 5.
    assert 45 < sum(through for through, _ in done) <= 50
    assert sum(slow for _, slow in done) == 2


def test_the_transport_is_given_what_it_may_and_only_what_goes_counts(
    any_database: Database, clock: SetClock
) -> None:
    one, other = Pacing(WHOLE, "a"), Pacing(WHOLE, "b")
    with any_database.writing() as session:
        assert one.allowance(session, clock.now(), 100) == 10
        one.admit(session, clock.now(), at("mail.example", 6))
    with any_database.writing() as session:
        assert other.allowance(session, clock.now(), 100) == 4
        other.admit(session, clock.now(), at("mail.example", 4))
        assert other.allowance(session, clock.now(), 100) == 0
        opens = other.open_at(session, clock.now())
        assert opens - clock.now() <= timedelta(seconds=0.101)
        assert other.allowance(session, opens, 100) == 1


def test_what_a_rolled_back_transaction_admitted_was_never_given(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(WHOLE, "a")
    with pytest.raises(ZeroDivisionError), any_database.writing() as session:
        gate.allowance(session, clock.now(), 10)
        gate.admit(session, clock.now(), at("mail.example", 10))
        raise ZeroDivisionError
    with any_database.writing() as session:
        assert gate.allowance(session, clock.now(), 10) == 10


def test_as_many_are_under_way_as_there_are_seats(any_database: Database, clock: SetClock) -> None:
    one, other = Pacing(NARROW, "a"), Pacing(NARROW, "b")
    assert admit(any_database, one, clock.now(), at("narrow.example", 2)) == [None, None]
    answers = admit(any_database, other, clock.now(), at("narrow.example", 3))
    assert answers.count(None) == 1
    assert in_force(any_database, NARROW, clock.now())["narrow.example"].under_way == 3
    settle(any_database, one, clock.now(), accepted("narrow.example"), accepted("else.example"))
    clock.sleep(1)
    assert admit(any_database, other, clock.now(), at("narrow.example", 3)).count(None) == 1


def test_seats_of_a_dead_process_are_free_after_its_hold(any_database: Database, clock: SetClock) -> None:
    admit(any_database, Pacing(NARROW, "dead", timedelta(minutes=1)), clock.now(), at("narrow.example", 3))
    living = Pacing(NARROW, "living")
    assert None not in admit(any_database, living, clock.now(), at("narrow.example", 3))
    clock.sleep(60)
    assert admit(any_database, living, clock.now(), at("narrow.example", 3)) == [None] * 3


def test_who_asks_from_time_to_time_keeps_its_seats_and_who_leaves_does_not(
    any_database: Database, clock: SetClock
) -> None:
    gate = Pacing(NARROW, "a", timedelta(minutes=1))
    admit(any_database, gate, clock.now(), at("narrow.example", 3))
    for _ in range(10):
        with any_database.writing() as session:
            gate.allowance(session, clock.now(), 1)
        clock.sleep(20)
    assert in_force(any_database, NARROW, clock.now())["narrow.example"].under_way == 3
    with any_database.writing() as session:
        gate.leave(session)
    assert in_force(any_database, NARROW, clock.now())["narrow.example"].under_way == 0


def test_a_domain_that_asks_for_patience_gets_it_from_every_process(
    any_database: Database, clock: SetClock
) -> None:
    one, other = Pacing(NONE, "a"), Pacing(NONE, "b")
    assert admit(any_database, other, clock.now(), at("busy.example", 5)) == [None] * 5
    settle(any_database, one, clock.now(), refused("busy.example"), accepted("calm.example"))
    assert None not in admit(any_database, one, clock.now(), at("busy.example", 5))
    clock.sleep(1)
    answers = admit(any_database, other, clock.now(), at("busy.example", 50) + at("calm.example", 5))
    assert 3 <= answers[:50].count(None) <= 10 - 5  # five of this second's are places by now
    assert answers[50:] == [None] * 5
    limit = in_force(any_database, NONE, clock.now())["busy.example"]
    assert (limit.configured, limit.reason) == (None, BUSY)


def test_a_slow_down_makes_earlier_places_void(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(SLOW, "a")
    put_off = [later for later in admit(any_database, gate, clock.now(), at("slow.example", 22)) if later]
    settle(any_database, gate, clock.now(), refused("slow.example"))
    clock.moment = put_off[-1].due_at
    waiting = [Candidate(f"{n}@slow.example", later.slot) for n, later in enumerate(put_off)]
    assert admit(any_database, gate, clock.now(), waiting).count(None) == 1


def test_greylisting_slows_nobody(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(NONE, "a")
    settle(any_database, gate, clock.now(), refused("grey.example", "450 4.2.0 Greylisted"))
    assert in_force(any_database, NONE, clock.now()) == {}


def test_when_all_domains_refuse_alike_it_is_our_own_mail_server(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(NONE, "a")
    settle(any_database, gate, clock.now(), *[refused(f"{n}.example") for n in range(4)])
    assert set(in_force(any_database, NONE, clock.now())) == {""}
    with any_database.writing() as session:
        assert gate.allowance(session, clock.now(), 100) == 0
        assert gate.open_at(session, clock.now()) > clock.now()
        assert gate.allowance(session, clock.now() + timedelta(seconds=5), 100) == 10


def test_a_line_closed_for_haste_slows_the_transport_and_another_does_not(
    any_database: Database, clock: SetClock
) -> None:
    gate = Pacing(NONE, "a")
    with any_database.writing() as session:
        gate.line_down(session, clock.now(), "mail.example:25 can't be reached")
        assert gate.allowance(session, clock.now(), 9) == 9
        gate.line_down(session, clock.now(), "421 4.7.0 too many connections")
        assert gate.allowance(session, clock.now(), 9) == 0


def test_a_learned_limit_recovers_and_leaves_no_trace(any_database: Database, clock: SetClock) -> None:
    gate = Pacing(NONE, "a")
    settle(any_database, gate, clock.now(), refused("busy.example"))
    rates = []
    for _ in range(4):
        rates.append(in_force(any_database, NONE, clock.now())["busy.example"].rate)
        clock.sleep(60)
    assert rates == [pytest.approx(buckets.FIRST_RATE * buckets.GROWTH**minute) for minute in range(4)]
    clock.sleep(3600)
    assert in_force(any_database, NONE, clock.now()) == {}
    assert admit(any_database, gate, clock.now(), at("busy.example", 99)) == [None] * 99
    with any_database.reading() as session:
        assert limits.load(session) == {}


def test_domains_are_one_however_they_are_written() -> None:
    assert domain_of("Ada@MÜLLER.example") == domain_of("b@xn--mller-kva.example") == "xn--mller-kva.example"
    assert domain_of('"a@b"@mail.example') == "mail.example"
    assert domain_of("a@-ü-.example") == "-ü-.example"
