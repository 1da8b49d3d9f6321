"""What every transport must do. Subclass it and say how to start your other side."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery import (
    Batch,
    IssueRefused,
    Outcome,
    Transport,
    TransportDown,
    Verdict,
    deliver,
)
from tests.letters import batch, envelope, small_letter

PATIENCE = 20.0  # seconds until a stuck test fails instead of hanging


class OtherSide:
    """Whoever gets the messages."""

    def received(self) -> list[bytes]:
        """Return the messages as they arrived, in any order."""
        raise NotImplementedError

    def essence(self, message: bytes) -> object:
        """Return what must arrive of a message: each octet, but where a provider makes the message itself."""
        return message

    def break_down(self) -> None:
        """Be unreachable from now on."""
        raise NotImplementedError


def arrived(other_side: OtherSide) -> list[object]:
    return sorted(map(other_side.essence, other_side.received()), key=repr)


def stamped(other_side: OtherSide, *batches: Batch) -> list[object]:
    messages = (sent.letter.stamp(each.values) for sent in batches for each in sent.envelopes)
    return sorted(map(other_side.essence, messages), key=repr)


def gather(transport: Transport, number: int) -> list[Outcome]:
    """Receive until so many outcomes came; fails when the transport has nothing more to tell."""
    outcomes: list[Outcome] = []
    while len(outcomes) < number:
        came = transport.receive(PATIENCE)
        assert came, f"{len(outcomes)} outcomes instead of {number}"
        outcomes += came
    return outcomes


class TransportConformance:
    """A subclass has the fixtures `transport`, which holds ten envelopes or more, and `other_side`."""

    def test_each_envelope_has_one_outcome(self, transport: Transport, other_side: OtherSide) -> None:
        outcomes = list(deliver(transport, batch(1, 2, 3)))
        assert sorted(outcome.key for outcome in outcomes) == [1, 2, 3]
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    def test_what_arrives_is_the_stamped_letter(self, transport: Transport, other_side: OtherSide) -> None:
        sent = batch(1, 2)
        list(deliver(transport, sent))
        assert arrived(other_side) == stamped(other_side, sent)

    @pytest.mark.parametrize(
        "body", [b".\r\n", b"..\r\n.\r\n\r\n", b"a\r\n.b\r\n", b"x" * 900 + b"\r\n", b"no end \r\n" * 5000]
    )
    def test_every_octet_survives(self, transport: Transport, other_side: OtherSide, body: bytes) -> None:
        sent = batch(1, letter=small_letter(body))
        list(deliver(transport, sent))
        assert arrived(other_side) == stamped(other_side, sent)

    def test_an_outcome_is_told_as_soon_as_it_is_known(self, transport: Transport, other_side: OtherSide) -> None:
        outcomes = deliver(transport, batch(1, 2))
        next(outcomes)
        assert other_side.received()

    def test_batch_after_batch_goes_out(self, transport: Transport, other_side: OtherSide) -> None:
        for key in (1, 2, 3):
            assert [outcome.key for outcome in deliver(transport, batch(key))] == [key]
        assert len(other_side.received()) == 3

    def test_an_empty_batch_has_no_outcomes(self, transport: Transport, other_side: OtherSide) -> None:
        assert list(deliver(transport, Batch(small_letter(), ()))) == []

    def test_closed_it_opens_again(self, transport: Transport, other_side: OtherSide) -> None:
        list(deliver(transport, batch(1)))
        transport.close()
        transport.close()
        assert [outcome.verdict for outcome in deliver(transport, batch(2))] == [Verdict.ACCEPTED]

    def test_a_side_that_is_down_leaves_all_without_outcome(
        self, transport: Transport, other_side: OtherSide
    ) -> None:
        other_side.break_down()
        outcomes: list[Outcome] = []
        with pytest.raises((TransportDown, IssueRefused)) as trouble:
            outcomes.extend(deliver(transport, batch(1, 2)))
        assert outcomes == []
        assert str(trouble.value)

    def test_a_missing_value_is_an_error(self, transport: Transport, other_side: OtherSide) -> None:
        empty = envelope(1)
        values = {name: text for name, text in empty.values.items() if name != "greeting"}
        broken = Batch(small_letter(), (type(empty)(1, empty.sender, empty.recipient, values),))
        with pytest.raises(KeyError, match="greeting"):
            list(deliver(transport, broken))

    def test_room_is_what_is_left_of_the_capacity(self, transport: Transport, other_side: OtherSide) -> None:
        assert transport.room == transport.capacity >= 10
        transport.send(batch(1, 2, 3))
        assert transport.room == transport.capacity - 3
        told = len(transport.receive(PATIENCE))
        assert transport.room == transport.capacity - 3 + told
        gather(transport, 3 - told)
        assert transport.room == transport.capacity

    def test_it_takes_all_it_has_room_for_before_it_tells_anything(
        self, transport: Transport, other_side: OtherSide
    ) -> None:
        keys = range(1, transport.capacity + 1)
        half = transport.capacity // 2
        transport.send(batch(*keys[:half]))
        transport.send(batch(*keys[half:]))
        assert transport.room == 0
        assert sorted(outcome.key for outcome in gather(transport, transport.capacity)) == list(keys)

    def test_holding_nothing_it_has_nothing_to_wait_for(self, transport: Transport, other_side: OtherSide) -> None:
        assert list(transport.receive(1e9)) == []
        list(deliver(transport, batch(1)))
        assert list(transport.receive(1e9)) == []

    def test_batches_of_several_letters_mix(self, transport: Transport, other_side: OtherSide) -> None:
        sent = [batch(1), batch(2, letter=small_letter(b"Another edition.\r\n")), batch(3)]
        for each in sent:
            transport.send(each)
        gather(transport, 3)
        assert arrived(other_side) == stamped(other_side, *sent)

    def test_more_is_taken_while_some_are_under_way(self, transport: Transport, other_side: OtherSide) -> None:
        outcomes: list[Outcome] = []
        for key in range(1, 31):
            if not transport.room:
                outcomes += transport.receive(PATIENCE)
            transport.send(batch(key))
        outcomes += gather(transport, 30 - len(outcomes))
        assert sorted(outcome.key for outcome in outcomes) == list(range(1, 31))

    def test_closed_it_forgets_what_it_held(self, transport: Transport, other_side: OtherSide) -> None:
        transport.send(batch(1, 2))
        transport.close()
        assert transport.room == transport.capacity
        assert list(transport.receive(1e9)) == []
        assert [outcome.key for outcome in deliver(transport, batch(3))] == [3]
        assert len(other_side.received()) == 1

    def test_after_trouble_it_is_empty(self, transport: Transport, other_side: OtherSide) -> None:
        other_side.break_down()
        with pytest.raises((TransportDown, IssueRefused)):
            list(deliver(transport, batch(1, 2)))
        assert transport.room == transport.capacity
        assert list(transport.receive(1e9)) == []
