"""The sender with a transport that does as it is told, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.domain.delivery import Envelope, Outcome, Verdict
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.settings import InDoubt
from tests.delivery.conftest import DOWN, REFUSED, House, Script, answering, raising
from tests.letters import small_letter

ALL = [f"reader{number}@reader.example" for number in range(1, 11)]


def test_everybody_is_mailed_once_and_the_issue_is_finished(house: House) -> None:
    transport = Script()
    report = house.send(transport)
    assert sorted(transport.recipients) == sorted(ALL)
    assert report == SendReport(accepted=10, stopped_because=Ending.FINISHED)
    assert house.books() == {"accepted": 10}
    assert (house.row.state, house.row.finished_at) == (IssueState.SENT, house.clock.now())


def test_a_second_run_sends_nothing(house: House) -> None:
    house.send(Script())
    again = Script()
    assert house.send(again).stopped_because is Ending.FINISHED
    assert again.sent == []


def test_each_message_is_the_reader_s_own(house: House) -> None:
    transport = Script()
    house.send(transport)
    messages = dict(transport.sent)
    message = messages["reader7@reader.example"].decode()
    assert '"Reader 7" <reader7@reader.example>' in message
    assert "Good evening, Reader 7." in message
    assert f"Message-ID: <{house.tokens.message_id(house.issue_id, 7)}@ledger.example>" in message
    assert len({text.partition(b"unsubscribe/")[2][:38] for text in messages.values()}) == 10


def test_progress_is_told_turn_by_turn(house: House) -> None:
    seen: list[tuple[int, int]] = []
    house.send(Script(), progress=lambda report: seen.append((report.accepted, report.remaining)))
    assert seen == [(done, 10 - done) for done in range(0, 11, 2)]


def test_no_more_is_claimed_than_may_be_in_doubt(house: House) -> None:
    open_claims: list[int] = []
    house.send(Script(lambda envelope: open_claims.append(house.books().get("claimed", 0))))
    assert max(open_claims) == 4
    house.policy(in_doubt_bound=1)
    house.issue(day=11)
    open_claims.clear()
    house.send(Script(lambda envelope: open_claims.append(house.books()["claimed"])))
    assert open_claims == [1] * 10


def test_refusals_are_written_with_the_server_s_words(house: House) -> None:
    def act(envelope: Envelope) -> Outcome | None:
        refused = answering(Verdict.REJECTED, 2, status="5.1.1", reply="550 5.1.1 unknown")
        return refused(envelope) or answering(Verdict.DEFERRED, 3, status="4.2.0", reply="450 later")(envelope)

    report = house.send(Script(act))
    assert (report.accepted, report.rejected, report.deferred, report.remaining) == (8, 1, 1, 1)
    assert report.stopped_because is Ending.NOTHING_DUE
    assert report.try_again_at == house.clock.now() + timedelta(minutes=2)
    assert (house.line(2).status, house.line(2).reply) == ("5.1.1", "550 5.1.1 unknown")
    house.later(minutes=2)
    assert house.send(Script()).stopped_because is Ending.FINISHED


def test_a_reader_who_is_put_off_for_too_long_is_given_up_with_the_last_words(house: House) -> None:
    transport = Script(answering(Verdict.DEFERRED, 5, status="4.2.2", reply="452 4.2.2 mailbox full"))
    report = house.send(transport)
    runs = 1
    while report.stopped_because is Ending.NOTHING_DUE:
        assert report.try_again_at
        house.clock.moment = report.try_again_at
        report = house.send(transport)
        runs += 1
    line = house.line(5)
    assert (line.state, line.reply, line.attempts) == ("rejected", "452 4.2.2 mailbox full", runs)
    assert timedelta(hours=10) < house.clock.now() - house.row.send_at <= timedelta(hours=12)
    assert house.row.state == IssueState.SENT


def test_a_line_that_is_down_keeps_everything_owed(house: House) -> None:
    report = house.send(Script(raising(DOWN, at=7)))
    assert (report.accepted, report.remaining, report.stopped_because) == (6, 4, Ending.LINE_DOWN)
    assert (report.detail, report.failures) == (str(DOWN), 1)
    assert report.try_again_at == house.clock.now() + timedelta(seconds=30)
    assert house.books() == {"owed": 4, "accepted": 6}
    assert house.line(7).attempts == 0
    assert house.send(Script()).stopped_because is Ending.FINISHED


def test_a_line_that_stays_down_is_left_alone_for_longer_and_longer(house: House) -> None:
    def never(envelope: Envelope) -> None:
        raise DOWN

    waits, failures = [], 0
    for _ in range(7):
        report = house.send(Script(never), failures=failures)
        assert report.try_again_at
        waits.append((report.try_again_at - house.clock.now()).total_seconds())
        failures = report.failures
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_a_refused_issue_is_paused_with_the_server_s_words_and_goes_on_when_resumed(house: House) -> None:
    report = house.send(Script(raising(REFUSED, at=6)))
    assert (report.accepted, report.stopped_because) == (5, Ending.REFUSED)
    assert house.row.state == IssueState.PAUSED
    assert str(REFUSED) in house.row.reason
    assert house.books() == {"owed": 5, "accepted": 5}
    assert house.send(Script()).stopped_because is Ending.NOT_SENDING
    with house.database.writing() as session:
        store.resume(session, house.issue_id, house.clock.now(), actor="desk")
    rest = Script()
    assert house.send(rest).stopped_because is Ending.FINISHED
    assert sorted(rest.recipients) == sorted(ALL[5:])


@pytest.mark.parametrize("verb", [store.pause, store.cancel])
def test_pause_and_cancel_act_within_one_window(house: House, verb: Callable[..., Any]) -> None:
    def act(envelope: Envelope) -> None:
        if envelope.key == 5:
            with house.database.writing() as session:
                verb(session, house.issue_id, house.clock.now(), actor="desk", reason="a mistake")

    transport = Script(act)
    report = house.send(transport)
    assert report.stopped_because is Ending.NOT_SENDING
    assert 5 <= len(transport.sent) <= 8
    house.sweep()
    left = 10 - len(transport.sent)
    assert house.books() == {"accepted": 10 - left, "owed" if verb is store.pause else "withdrawn": left}


def test_asked_to_stop_it_finishes_the_window_and_settles(house: House) -> None:
    transport = Script()
    report = house.send(transport, stop=lambda: bool(transport.sent))
    assert (report.accepted, report.stopped_because) == (4, Ending.STOPPED)
    assert house.books() == {"owed": 6, "accepted": 4}


def test_who_leaves_or_is_suppressed_while_it_is_sent_is_not_mailed(house: House) -> None:
    def act(envelope: Envelope) -> None:
        if envelope.key == 1:
            house.leave(9)
            house.suppress(10)

    report = house.send(Script(act))
    assert (report.accepted, report.withdrawn, report.stopped_because) == (8, 2, Ending.FINISHED)
    assert house.books() == {"accepted": 8, "withdrawn": 2}


@pytest.mark.parametrize(("policy", "copies"), [(InDoubt.RESEND, 2), (InDoubt.SKIP, 1), (InDoubt.ASK, 1)])
def test_a_copy_in_doubt_follows_the_policy_and_is_the_same_bytes(
    house: House, policy: InDoubt, copies: int
) -> None:
    house.policy(in_doubt=policy)
    transport = Script(answering(Verdict.IN_DOUBT, 3))
    report = house.send(transport)
    assert (report.in_doubt, house.line(3).doubts) == (1, 1)
    transport.act = lambda envelope: None
    house.later(minutes=5)
    assert house.send(transport).stopped_because is Ending.FINISHED
    sent = [message for recipient, message in transport.sent if recipient == ALL[2]]
    assert len(sent) == copies
    assert len(set(sent)) == 1
    assert len(transport.sent) == 9 + copies


def test_what_is_frozen_is_sent_whatever_is_edited(house: House) -> None:
    first, second = Script(), Script()
    house.send(first, stop=lambda: bool(first.sent))
    house.set_issue(subject="Another headline")
    with house.database.reading() as session:
        frozen = session.query(LetterRow).one().body
    house.send(second)
    assert frozen == small_letter().to_bytes()
    bodies = {message.partition(b"Subject")[2].partition(b"\r\n")[0] for _, message in first.sent + second.sent}
    assert len(bodies) == 1


def test_a_commit_that_fails_after_an_acceptance_stops_claiming(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, database = Script(), house.database
    writing = type(database).writing

    @contextmanager
    def failing(self: object) -> Any:
        with writing(database) as session:
            yield session
            if transport.sent:
                raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(type(database), "writing", failing)
    with pytest.raises(OperationalError):
        house.send(transport)
    assert len(transport.sent) == 4
    monkeypatch.undo()
    assert house.books() == {"claimed": 4, "owed": 6}
    house.later(minutes=11)
    assert house.sweep().in_doubt == 4


def test_what_is_known_is_written_as_soon_as_the_database_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, database = Script(), house.database
    tries: list[int] = []
    writing = type(database).writing

    @contextmanager
    def failing(self: object) -> Any:
        with writing(database) as session:
            yield session
            if transport.sent and len(tries) < 3:
                tries.append(len(transport.sent))
                raise OperationalError("COMMIT", {}, Exception("the server is restarting"))

    monkeypatch.setattr(type(database), "writing", failing)
    with pytest.raises(OperationalError):
        house.send(transport)
    assert tries == [2, 4, 4]
    assert house.books() == {"accepted": 4, "owed": 6}
    assert house.send(transport).stopped_because is Ending.FINISHED
    assert sorted(transport.recipients) == sorted(ALL)


def test_an_unexpected_error_loses_no_outcome(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        house.send(Script(raising(ZeroDivisionError(), at=3)))
    assert house.books() == {"accepted": 2, "claimed": 4, "owed": 4}


def test_a_slow_line_prolongs_its_lease_and_settles_on_the_way(house: House) -> None:
    def act(envelope: Envelope) -> None:
        house.later(minutes=4)
        assert house.sweep().in_doubt == 0

    assert house.send(Script(act)).stopped_because is Ending.FINISHED
    assert house.books() == {"accepted": 10}


def test_who_was_held_up_beyond_the_lease_stops(house: House) -> None:
    def act(envelope: Envelope) -> None:
        if envelope.key == 2:
            house.later(minutes=30)
            house.sweep()

    transport = Script(act)
    assert house.send(transport).stopped_because is Ending.LEASE_LOST
    assert len(transport.sent) == 2
    assert house.books() == {"in_doubt": 4, "owed": 6}


def test_two_senders_at_once_send_nothing_twice(house: House) -> None:
    other = Script()

    def act(envelope: Envelope) -> None:
        if envelope.key == 2:
            house.send(other)

    mine = Script(act)
    assert house.send(mine).stopped_because is Ending.FINISHED
    assert sorted(mine.recipients + other.recipients) == sorted(ALL)
    assert len(mine.sent) >= 2
    assert len(other.sent) >= 2


def test_an_issue_for_nobody_is_finished_at_once(house: House) -> None:
    for number in range(1, 11):
        house.leave(number)
    house.issue(day=11)
    assert house.send(Script()) == SendReport(stopped_because=Ending.FINISHED)
    assert house.row.begun_at is None


def test_no_such_issue(house: House) -> None:
    house.issue_id = 99
    with pytest.raises(LookupError, match="99"):
        house.send(Script())
