"""Signed links: what was signed reads back, and nothing else does."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.tokens import BadToken, Purpose, Tokens

_TOKENS = Tokens("a secret for tests that is long enough")
_MADE = datetime(2026, 3, 10, 16, 0, 5, 999, tzinfo=UTC)
_LINK = _TOKENS.sign(Purpose.CONFIRM, 7, _MADE)


@given(st.sampled_from(Purpose), st.integers(0, 2**63 - 1), st.floats(0, 2**32 - 1))
def test_what_was_signed_reads_back(purpose: Purpose, row: int, seconds: float) -> None:
    made_at = datetime.fromtimestamp(seconds, UTC)
    token = _TOKENS.read(purpose, _TOKENS.sign(purpose, row, made_at))
    assert token.row == row
    assert token.made_at == made_at.replace(microsecond=0)


@pytest.mark.parametrize("place", range(len(_LINK)))
def test_no_character_can_be_altered(place: int) -> None:
    for other in string.ascii_letters + string.digits + "-_+/=. é":
        altered = _LINK[:place] + other + _LINK[place + 1 :]
        if altered != _LINK:
            with pytest.raises(BadToken):
                _TOKENS.read(Purpose.CONFIRM, altered)


@pytest.mark.parametrize("text", ["", _LINK[:-1], _LINK + "A", _LINK + "=", " " + _LINK[1:], "\0" * 38, "é" * 38])
def test_a_cut_or_lengthened_link_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        _TOKENS.read(Purpose.CONFIRM, text)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.CONFIRM])
def test_a_link_does_one_thing(purpose: Purpose) -> None:
    with pytest.raises(BadToken):
        _TOKENS.read(purpose, _LINK)


def test_another_secret_signs_otherwise() -> None:
    with pytest.raises(BadToken):
        Tokens("another secret, no less long than it").read(Purpose.CONFIRM, _LINK)


def test_a_short_secret_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Tokens("short")
    assert "secret for tests" not in repr(_TOKENS)
