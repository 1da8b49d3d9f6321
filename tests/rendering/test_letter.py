"""Any text in any hole: what a mail program reads is what was put in, and nothing around it moves."""

from __future__ import annotations

from email.message import EmailMessage
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.domain.encoding import displayed
from newsletter.domain.letter import Encoding, Hole, Letter, clean
from newsletter.rendering.holes import Holes
from newsletter.rendering.letter import Message, compile_letter
from tests.rendering.reading import read

HOSTILE = [
    "",
    " ",
    "\r\nBcc: everyone@ledger.example\r\n\r\n",
    "a\x00b\x1b[31mc\x7f",
    "\ud800 lone \udfff surrogates",
    "שלום \u202egnp.exe\u2066 \u200fmark",
    "=?utf-8?q?faked?= =?utf-8?b?eA==?=",
    "=3D=\r\n=41",
    '</td><script>alert("x")</script>&amp;',
    ".",
    "From here\nFrom there",
    "--=_boundary--",
    "👩‍👩‍👧‍👦" * 9,
    "x" * 2000,
    "Ж" * 400,
    "trailing   ",
    'back\\slash "quote"',
    "\ufeff\u2028\u2029\x85\ufffe",
]
anything = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), max_size=300))

HOLES = Holes("a key", "")
TEXT = HOLES.mark("value", Encoding.TEXT)
HTML = HOLES.mark("value", Encoding.HTML)
LETTER = compile_letter(
    Message(
        "a key",
        [
            f"To: {HOLES.mark('value', Encoding.PHRASE)}<{HOLES.mark('address', Encoding.HEADER)}>".encode(),
            b"Subject: Tonight",
            f"X-Token: <{HOLES.mark('value', Encoding.HEADER)}>".encode(),
        ],
        f"{TEXT}\nBefore {TEXT} after\n{TEXT}{TEXT}\n\nalone:\n{TEXT}\n.\n",
        f'<p title="{HTML}">{HTML}</p>\n<a href="https://ledger.example/{HTML}">.{HTML}</a>\n',
    ),
    HOLES,
)


def stamped(value: str) -> bytes:
    return LETTER.stamp({"value": value, "address": "ada@reader.example"})


@given(anything)
@example("-")
@example("F")
def test_any_text_reads_back_cleaned(value: str) -> None:
    letter = read(stamped(value))
    text, escaped = clean(value), letter.html
    assert letter.text == f"{text}\nBefore {text} after\n{text}{text}\n\nalone:\n{text}\n.\n"
    assert "<script" not in escaped
    assert (
        unescape(escaped) == f'<p title="{text}">{text}</p>\n<a href="https://ledger.example/{text}">.{text}</a>\n'
    )


@given(anything)
def test_any_name_reads_back_as_displayed(value: str) -> None:
    (recipient,) = read(stamped(value)).message["To"].addresses
    assert recipient.display_name == displayed(value)
    assert recipient.addr_spec == "ada@reader.example"


@given(anything)
def test_no_value_moves_the_structure(value: str) -> None:
    raw = stamped(value)
    assert read(raw).shape == read(stamped("Ada")).shape
    assert "\n" not in raw.decode().replace("\r\n", "")
    assert "\r" not in raw.decode().replace("\r\n", "")


@given(anything)
def test_lines_are_short_and_harmless(value: str) -> None:
    header, _, body = stamped(value).partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in header.split(b"\r\n"))
    lines = body.split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert not [line for line in lines if line.startswith((b".", b"From "))]
    assert sum(line.startswith(b"--") for line in lines) == 3


@given(anything)
def test_cleaning_twice_is_cleaning_once(value: str) -> None:
    once = clean(value)
    assert clean(once) == once
    assert len(once.splitlines()) <= 1
    assert once.encode().decode() == once


def test_cleaning_keeps_what_people_write() -> None:
    assert (
        clean("Zoë\u200d 👩‍🌾 \u200fשלום\u200e  two  spaces ") == "Zoë\u200d 👩‍🌾 \u200fשלום\u200e  two  spaces "
    )
    assert clean("one\r\ntwo\tthree\u2028four\x85five") == "one two three four five"
    assert clean("a\x00b\u202ec\ud800d\ufdd0e") == "abcde"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("  Ada \t Lovelace ", "Ada Lovelace"), ("Ада Лавлейс", "Ада Лавлейс"), ("n" * 300, "n" * 200)],
)
def test_a_display_name_is_trimmed_and_bounded(name: str, shown: str) -> None:
    assert displayed(name) == shown


def test_a_long_name_is_cut_between_characters_as_readers_see_them() -> None:
    family = "👩‍👩‍👧‍👦"
    shown = displayed(family * 5)
    assert shown
    assert shown == family * (len(shown) // len(family))


def test_an_internationalised_address_stays_utf_8() -> None:
    raw = LETTER.stamp({"value": "", "address": "юлия@почта.example"})
    assert "To: <юлия@почта.example>\r\n".encode() in raw
    (recipient,) = read(raw).message["To"].addresses
    assert recipient.addr_spec.encode(errors="surrogateescape").decode() == "юлия@почта.example"


def test_an_address_cannot_bring_a_second_recipient() -> None:
    raw = LETTER.stamp({"value": "", "address": "a@b.example>, <c@d.example"})
    assert raw.startswith(b"To: <a@b.examplec@d.example>\r\n")


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)) | st.from_regex(r"[ -~]{0,80}", fullmatch=True))
@example("F")
@example("-token")
@example(".")
@example("a, b")
@example("a b ")
@example("x" * 76)
def test_a_value_in_many_places_is_written_as_in_each_alone(value: str) -> None:
    encodings = (Encoding.TEXT, Encoding.HTML, Encoding.HEADER, Encoding.PHRASE)
    alone = [Letter((b"", b""), (Hole("value", encoding),)).stamp({"value": value}) for encoding in encodings]
    for number in range(2, 5):
        segments, holes = (b"\n",) * (number + 1), tuple(Hole("value", each) for each in encodings[:number])
        together = Letter(segments, holes).stamp({"value": value})
        assert together == b"\n" + b"\n".join(alone[:number]) + b"\n"


@pytest.mark.parametrize(
    ("segments", "encoding", "dotted"),
    [
        ((b"To: ", b"\r\n\r\nNews.\r\n"), Encoding.PHRASE, False),
        ((b"To: ", b"\r\n\r\n.\r\n"), Encoding.PHRASE, True),
        ((b".To: ", b"\r\n"), Encoding.PHRASE, True),
        ((b"To:\r\n", b".\r\n"), Encoding.TEXT, True),
        ((b"To:\r\n", b"\r\n"), Encoding.TEXT, False),
        ((b"To:\r\n", b"\r\n"), Encoding.HEADER, True),
    ],
)
def test_a_letter_knows_whether_a_line_may_begin_with_a_dot(
    segments: tuple[bytes, ...], encoding: Encoding, *, dotted: bool
) -> None:
    assert Letter(segments, (Hole("value", encoding),)).has_leading_dots is dotted


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="address"):
        LETTER.stamp({"value": "x"})


def test_a_stored_letter_is_the_same_letter() -> None:
    again = Letter.from_bytes(LETTER.to_bytes())
    assert again == LETTER
    assert again.stamp({"value": "ü", "address": "a@b.example"}) == LETTER.stamp(
        {"value": "ü", "address": "a@b.example"}
    )


@pytest.mark.parametrize(
    "stored", [b"", b"LTR0\0\0\0\0", LETTER.to_bytes()[:-1], LETTER.to_bytes() + b"x", b"LTR1\0\0\0\1\x09\0"]
)
def test_what_is_no_letter_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="letter"):
        Letter.from_bytes(stored)


def test_segments_go_around_holes() -> None:
    with pytest.raises(ValueError, match="1 segments"):
        Letter((b"",), (Hole("name", Encoding.TEXT),))


def test_a_hole_ends_what_goes_before_it() -> None:
    assert all(not segment or segment.endswith((b"\r\n", b"<", b"To: ")) for segment in LETTER.segments[:-1])


def test_marks_are_not_to_be_brought_by_an_article() -> None:
    mark = Holes("a key", "").mark("value", Encoding.TEXT)
    other = Holes("a key", f"An article that has {mark} in it").mark("value", Encoding.TEXT)
    assert mark.isalnum()
    assert mark[:-2] != other[:-2]
    assert other == Holes("a key", f"An article that has {mark} in it").mark("value", Encoding.TEXT)


def test_marks_stand_next_to_anything() -> None:
    mark = HOLES.mark("value", Encoding.TEXT)
    hole = Hole("value", Encoding.TEXT)
    assert HOLES.cut(f"7{mark}7{mark}{mark}") == ["7", hole, "7", hole, hole]


def test_the_message_is_an_email_message() -> None:
    assert isinstance(read(stamped("x")).message, EmailMessage)
