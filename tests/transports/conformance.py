"""What every transport must do. Subclass it and say how to start your other side."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery import Batch, IssueRefused, Outcome, Transport, TransportDown, Verdict
from tests.letters import batch, envelope, small_letter


class OtherSide:
    """Whoever gets the messages."""

    def received(self) -> list[bytes]:
        """Return the messages as they arrived, in any order."""
        raise NotImplementedError

    def break_down(self) -> None:
        """Be unreachable from now on."""
        raise NotImplementedError


class TransportConformance:
    """A subclass has the fixtures `transport` and `other_side`."""

    def test_each_envelope_has_one_outcome(self, transport: Transport, other_side: OtherSide) -> None:
        outcomes = list(transport.deliver(batch(1, 2, 3)))
        assert sorted(outcome.key for outcome in outcomes) == [1, 2, 3]
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    def test_what_arrives_is_the_stamped_letter(self, transport: Transport, other_side: OtherSide) -> None:
        sent = batch(1, 2)
        list(transport.deliver(sent))
        stamped = [sent.letter.stamp(each.values) for each in sent.envelopes]
        assert sorted(other_side.received()) == sorted(stamped)

    @pytest.mark.parametrize(
        "body", [b".\r\n", b"..\r\n.\r\n\r\n", b"a\r\n.b\r\n", b"x" * 900 + b"\r\n", b"no end \r\n" * 5000]
    )
    def test_every_octet_survives(self, transport: Transport, other_side: OtherSide, body: bytes) -> None:
        sent = batch(1, letter=small_letter(body))
        list(transport.deliver(sent))
        assert other_side.received() == [sent.letter.stamp(sent.envelopes[0].values)]

    def test_an_outcome_is_told_as_soon_as_it_is_known(self, transport: Transport, other_side: OtherSide) -> None:
        outcomes = transport.deliver(batch(1, 2))
        next(outcomes)
        assert other_side.received()

    def test_batch_after_batch_goes_out(self, transport: Transport, other_side: OtherSide) -> None:
        for key in (1, 2, 3):
            assert [outcome.key for outcome in transport.deliver(batch(key))] == [key]
        assert len(other_side.received()) == 3

    def test_an_empty_batch_has_no_outcomes(self, transport: Transport, other_side: OtherSide) -> None:
        assert list(transport.deliver(Batch(small_letter(), ()))) == []

    def test_closed_it_opens_again(self, transport: Transport, other_side: OtherSide) -> None:
        list(transport.deliver(batch(1)))
        transport.close()
        transport.close()
        assert [outcome.verdict for outcome in transport.deliver(batch(2))] == [Verdict.ACCEPTED]

    def test_a_side_that_is_down_leaves_all_without_outcome(
        self, transport: Transport, other_side: OtherSide
    ) -> None:
        other_side.break_down()
        outcomes: list[Outcome] = []
        with pytest.raises((TransportDown, IssueRefused)) as trouble:
            outcomes.extend(transport.deliver(batch(1, 2)))
        assert outcomes == []
        assert str(trouble.value)

    def test_a_missing_value_is_an_error(self, transport: Transport, other_side: OtherSide) -> None:
        empty = envelope(1)
        values = {name: text for name, text in empty.values.items() if name != "greeting"}
        broken = Batch(small_letter(), (type(empty)(1, empty.sender, empty.recipient, values),))
        with pytest.raises(KeyError, match="greeting"):
            list(transport.deliver(broken))
