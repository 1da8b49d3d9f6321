"""Several ways out: the split, and going by another when one is down, without a second copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.clock import SetClock
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Transport, TransportDown, Verdict
from newsletter.transports.directory import DirectoryTransport
from newsletter.transports.queued import Queued
from newsletter.transports.several import Several, Way
from tests.delivery.conftest import Script
from tests.letters import batch, envelope, small_letter
from tests.transports.conformance import OtherSide, TransportConformance
from tests.transports.test_directory import Folder

NOW = datetime(2026, 3, 10, tzinfo=UTC)


class TestConformance(TransportConformance):
    @pytest.fixture
    def other_side(self, tmp_path: Path) -> OtherSide:
        return Folder(tmp_path / "deep" / "outbox")

    @pytest.fixture
    def transport(self, other_side: Folder) -> Transport:
        ways = [Way(name, Queued(DirectoryTransport(other_side.path), 10)) for name in ("one", "two")]
        return Several(ways, SetClock(NOW))


def several(*scripts: Script, clock: SetClock | None = None, **more: object) -> Several:
    ways = [Way(f"way {number}", Queued(script, 50), **more) for number, script in enumerate(scripts)]  # type: ignore[arg-type]
    return Several(ways, clock or SetClock(NOW))


def settle(transport: Several, sent: Batch) -> dict[int, Verdict]:
    transport.send(sent)
    told: list[Outcome] = []
    while transport.room < transport.capacity:
        told += transport.receive(1.0)
    assert len({outcome.key for outcome in told}) == len(told)
    return {outcome.key: outcome.verdict for outcome in told}


def down_after(number: int) -> Callable[[Envelope], Outcome | None]:
    left = [number]

    def act(envelope: Envelope) -> Outcome | None:
        left[0] -= 1
        if left[0] < 0:
            raise TransportDown("it hung up")
        return None

    return act


def test_letters_are_split_by_weight_and_each_reader_keeps_the_way() -> None:
    first, second = Script(), Script()
    transport = several(first, second)
    transport.ways[0].weight = 3
    for _ in range(2):
        settle(transport, batch(*range(1, 81)))
    assert 45 <= len(set(first.recipients)) <= 75
    assert set(first.recipients) & set(second.recipients) == set()
    assert set(Counter(first.recipients + second.recipients).values()) == {2}


def test_a_domain_has_its_own_way_and_nobody_else_goes_by_it() -> None:
    first, second = Script(), Script()
    transport = several(first, second)
    transport.ways[1].domains = frozenset({"special.example"})
    settle(transport, Batch(small_letter(), (envelope(1), envelope(2, "bo@Special.example"), envelope(3))))
    assert (len(first.sent), second.recipients) == (2, ["bo@Special.example"])


def test_where_one_is_down_the_others_take_over_and_nobody_gets_two() -> None:
    first, second = Script(act=down_after(5)), Script()
    told = settle(several(first, second), batch(*range(1, 41)))
    assert told == dict.fromkeys(range(1, 41), Verdict.ACCEPTED)
    assert len(first.sent) == 5
    assert set(Counter(first.recipients + second.recipients).values()) == {1}


def test_what_is_in_doubt_is_not_given_to_another() -> None:
    def lost(envelope: Envelope) -> Outcome:
        return Outcome(envelope.key, Verdict.IN_DOUBT, "", "no reply")

    first, second = Script(act=lost), Script()
    told = settle(several(first, second), batch(*range(1, 21)))
    doubted = {key for key, verdict in told.items() if verdict is Verdict.IN_DOUBT}
    assert {f"reader{key}@reader.example" for key in doubted} == set(first.recipients)
    assert not set(first.recipients) & set(second.recipients)


def test_when_all_are_down_everything_is_left_owed() -> None:
    transport = several(Script(act=down_after(0)), Script(act=down_after(0)))
    transport.send(batch(1, 2, 3))
    with pytest.raises(TransportDown, match="no way out is left"):
        transport.receive(1.0)
    assert transport.room == transport.capacity


def test_what_one_has_told_is_known_before_all_are_down() -> None:
    first, second = Script(act=down_after(2)), Script(act=down_after(3))
    transport = several(first, second)
    transport.send(batch(*range(1, 31)))
    told: list[Outcome] = []
    with pytest.raises(TransportDown):
        while True:
            told += transport.receive(1.0)
    assert len(told) == 5 == len(first.sent) + len(second.sent)


def test_a_way_that_was_down_is_tried_again_after_a_while() -> None:
    clock, first, second = SetClock(NOW), Script(act=down_after(0)), Script()
    transport = several(first, second, clock=clock)
    settle(transport, batch(*range(1, 21)))
    first.act = lambda _: None
    settle(transport, batch(*range(1, 21)))
    assert first.sent == []
    clock.sleep(61)
    settle(transport, batch(*range(1, 21)))
    assert first.sent


def test_a_letter_that_is_refused_by_one_pauses_the_issue_once_the_others_are_known() -> None:
    def refuse(envelope: Envelope) -> None:
        raise IssueRefused("550 5.7.26 unauthenticated")

    first, second = Script(act=refuse), Script()
    transport = several(first, second)
    transport.send(batch(*range(1, 21)))
    told: list[Outcome] = []
    with pytest.raises(IssueRefused):
        while True:
            told += transport.receive(1.0)
    assert len(told) == len(second.sent)
    assert transport.room == transport.capacity
