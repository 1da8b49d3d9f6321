"""What stands in the holes for one reader."""

from __future__ import annotations

import pytest

from newsletter.clock import SetClock
from newsletter.delivery.sending.readers import Reader, Stationery, reader_values, wire_address
from subscribers.tokens import Purpose, Tokens
from tests.letters import small_letter


@pytest.fixture
def stationery(clock: SetClock) -> Stationery:
    return Stationery(small_letter(), 3, "Good evening, {name}.", "Good evening.", "ledger.example", clock.now())


def test_links_and_message_id_are_the_reader_s_own_and_the_same_again(
    tokens: Tokens, stationery: Stationery
) -> None:
    reader = Reader(7, "ada@reader.example", "Ada")
    values = reader_values(reader, stationery, tokens)
    assert values == reader_values(reader, stationery, tokens)
    assert values["greeting"] == "Good evening, Ada."
    assert values["message_id"] == f"{tokens.message_id(3, 7)}@ledger.example"
    assert tokens.read(Purpose.UNSUBSCRIBE, values["unsubscribe_token"]).row == 7
    assert tokens.read(Purpose.PREFERENCES, values["preferences_token"]).row == 7


def test_without_a_name_the_greeting_has_none(tokens: Tokens, stationery: Stationery) -> None:
    assert reader_values(Reader(7, "ada@reader.example"), stationery, tokens)["greeting"] == "Good evening."


def test_a_name_is_no_format_of_ours(tokens: Tokens, stationery: Stationery) -> None:
    values = reader_values(Reader(7, "ada@reader.example", "{name} {0.__class__}"), stationery, tokens)
    assert values["greeting"] == "Good evening, {name} {0.__class__}."


@pytest.mark.parametrize(
    ("email", "wire"),
    [
        ("ada@reader.example", "ada@reader.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("åsa@bücher.example", "åsa@bücher.example"),
    ],
)
def test_a_domain_is_spelt_as_every_server_reads_it(email: str, wire: str) -> None:
    assert wire_address(email) == wire
