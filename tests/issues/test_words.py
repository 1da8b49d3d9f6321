"""Subject and preheader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.words import LONGEST_TITLE, preheader, section_title, shortened, subject
from tests.issues.stories import story

FERRY = story("The night ferry comes back")


@pytest.mark.parametrize(
    ("others", "language", "wanted"),
    [
        (0, "en", "The night ferry comes back"),
        (1, "en", "The night ferry comes back – and 1 more"),
        (6, "en", "The night ferry comes back – and 6 more"),
        (6, "en-GB", "The night ferry comes back – and 6 more"),
        (1, "de", "The night ferry comes back – und eine weitere"),
        (6, "de-AT", "The night ferry comes back – und 6 weitere"),
        (2, "PL", "The night ferry comes back – i jeszcze 2"),
        (6, "xx", "The night ferry comes back – and 6 more"),
        (6, "", "The night ferry comes back – and 6 more"),
    ],
)
def test_subject(others: int, language: str, wanted: str) -> None:
    assert subject(FERRY, others, language) == wanted


def test_a_long_headline_is_cut_between_words() -> None:
    long = story(
        "The night ferry comes back after eleven winters, and with it the lamps along the old customs quay"
    )
    cut, _, more = subject(long, 3, "en").partition(" – ")
    assert cut == "The night ferry comes back after eleven winters, and with it the lamps along the old…"
    assert len(cut) <= LONGEST_TITLE
    assert more == "and 3 more"


def test_braces_and_line_breaks_in_a_headline_are_text() -> None:
    assert subject(story("{count} is\r\nnot a hole"), 1, "en") == "{count} is not a hole – and 1 more"


def test_preheader_is_the_standfirst_or_the_next_headlines() -> None:
    bare, next_one, last = story("Lead", standfirst=" "), story("Second"), story("Third")
    assert preheader([FERRY, next_one]) == "What is known about The night ferry comes back."
    assert preheader([bare, next_one, last]) == "Second · Third"
    assert preheader([bare]) == ""


def test_section_titles() -> None:
    assert section_title("culture", "de") == "Culture"
    assert section_title("", "de") == "Weitere Meldungen"


@pytest.mark.parametrize(
    ("text", "most", "wanted"),
    [
        ("four five", 9, "four five"),
        ("four five six", 9, "four…"),
        ("four five six", 10, "four five…"),
        ("four, five", 6, "four…"),
        ("abcdefghij", 5, "abcd…"),
        ("a bcdefghij", 6, "a bcd…"),
    ],
)
def test_shortened(text: str, most: int, wanted: str) -> None:
    assert shortened(text, most) == wanted


@given(st.text(), st.integers(2, 60))
def test_shortened_keeps_within_its_length_and_on_one_line(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    assert len(short.splitlines()) <= 1
    assert " ".join(text.split()).startswith(short.removesuffix("…"))
