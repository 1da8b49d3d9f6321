"""A file is read in the encoding that it is in, and a row with wrong bytes is refused alone."""

from __future__ import annotations

import codecs
import io

import pytest

from subscribers.importing import Reason, UnknownEncoding, decode
from subscribers.importing.encodings import SAMPLE
from tests.subscribers.conftest import Register

TEXT = "email;name\r\nbjorn@reader.example;Björn Ødegård\r\nzoe@reader.example;Zoë Größe, 5 €\r\n" * 3
POLISH = "email,name\n" + "".join(
    f"reader{number}@reader.example,{name}\n"
    for number, name in enumerate(
        ["Łukasz Wiśniewski", "Żaneta Dąbrowska", "Stanisław Źrebię", "Gaweł Pająk"] * 10
    )
)


@pytest.mark.parametrize(
    ("octets", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("cp1252"), "cp1252"),
        (POLISH.encode("cp1250"), "cp1250"),
        (b"email\nada@reader.example\n", "UTF-8"),
        (b"", "UTF-8"),
    ],
)
def test_the_encoding_is_found(octets: bytes, encoding: str) -> None:
    text = decode(io.BytesIO(octets))
    assert text.encoding == encoding
    assert "".join(text.lines) in {TEXT, POLISH, "email\nada@reader.example\n", ""}


def test_it_may_be_said_instead() -> None:
    assert "".join(decode(io.BytesIO("Жанна".encode("koi8-r")), "KOI8-R").lines) == "Жанна"
    with pytest.raises(UnknownEncoding, match='no encoding "ebcdic-9"'):
        decode(io.BytesIO(b""), "ebcdic-9")


def test_lines_end_as_any_machine_ends_them() -> None:
    assert len(list(decode(io.BytesIO(b"a\nb\r\nc\rd")).lines)) == 4


def test_a_character_cut_in_two_by_the_end_of_the_sample_is_none_of_a_mistake() -> None:
    octets = b"email,name\n" + b"x" * (SAMPLE - 12) + "ö".encode() + b"\n"
    assert decode(io.BytesIO(octets)).encoding == "UTF-8"


def test_wrong_bytes_refuse_their_row_and_no_other(register: Register) -> None:
    octets = "email,name\nzoe@reader.example,Zoë\nbo@reader.example,B\xff\njo@reader.example,José\n".encode()
    text = decode(io.BytesIO(octets.replace("\xff".encode(), b"\xff")))
    report = register.bring_in(text.lines)
    assert (text.encoding, report.added, report.reasons) == ("UTF-8", 2, {Reason.WRONG_BYTES: 1})
    (refusal,) = report.refusals
    assert (refusal.line, "".join(refusal.cells).encode(errors="surrogateescape")) == (
        3,
        b"bo@reader.exampleB\xff",
    )


@pytest.mark.parametrize("broken", [b"\x00\xd8\x00\x00", b"\x00"])
def test_utf_16_that_breaks_off_refuses_its_row(register: Register, broken: bytes) -> None:
    octets = (
        codecs.BOM_UTF16_LE
        + "email,name\nada@reader.example,Ada\nbo@reader.example,B".encode("utf-16-le")
        + broken
    )
    report = register.bring_in(decode(io.BytesIO(octets)).lines)
    assert (report.added, report.refused) == (1, 1)
