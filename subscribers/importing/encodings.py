"""The text of a file whose encoding nobody has written down: found from its beginning, and said.

A byte order mark decides; else a file is UTF-8 when most of its first lines with anything but ASCII are; else
charset-normalizer guesses. Bytes that are wrong in that encoding become lone surrogates (PEP 383), by which the
row that holds them is refused.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from charset_normalizer import from_bytes

SAMPLE = 256 * 1024  # octets looked at
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_LIKELY = (
    "cp1252", "iso8859_15", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "mac_roman", "cp850",
    "cp932", "gb18030", "big5", "euc_kr",
)  # fmt: skip
_WRONG = re.compile("[\ud800-\udfff\ufffd]")


class UnknownEncoding(ValueError):
    """There is no encoding of that name; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Text:
    """The lines of a file, as they come, and the name of the encoding they were read in."""

    encoding: str
    lines: Iterator[str]


def decode(file: IO[bytes], encoding: str = "") -> Text:
    """Read a file as text, in the given encoding or in that of its beginning. Raises UnknownEncoding."""
    buffer = io.BufferedReader(_Ahead(file), SAMPLE)
    known = _named(encoding) if encoding else detect(buffer.peek(SAMPLE)[:SAMPLE])
    errors = "replace" if known.startswith(("utf-16", "utf-32")) else "surrogateescape"
    return Text(_NAMES.get(known, known), io.TextIOWrapper(buffer, known, errors, newline=""))


def detect(sample: bytes) -> str:
    """Return the name of the codec that reads a file with this beginning. Pure."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample[:200]:
        return "utf-16-le" if sample[1:200:2].count(0) >= sample[0:200:2].count(0) else "utf-16-be"
    if _is_mostly_utf8(sample):
        return "utf-8"
    return _guessed(sample)


def _guessed(sample: bytes) -> str:
    """Return the commonest of the encodings that fit best: short texts fit several of them equally."""
    found = from_bytes(sample, cp_isolation=list(_LIKELY))
    best = found.best()
    if best is None:
        return _LIKELY[0]
    ties = [each for each in found if (each.chaos, each.coherence) == (best.chaos, best.coherence)]
    names = {name for each in ties for name in each.could_be_from_charset}
    return next((name for name in _LIKELY if name in names), best.encoding)


def is_whole(text: str) -> bool:
    """Tell whether a text was read without a wrong byte."""
    return text.isascii() or not _WRONG.search(text)


def _is_mostly_utf8(sample: bytes) -> bool:
    lines = [line for line in sample.splitlines()[: -1 if len(sample) >= SAMPLE else None] if not line.isascii()]
    right = sum(_is_utf8(line) for line in lines)
    return 2 * right >= len(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _named(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise UnknownEncoding(
            f'There is no encoding "{encoding}"; try utf-8, utf-16, cp1252 or iso8859-2.'
        ) from None


class _Ahead(io.RawIOBase):
    """Reads from a file or a pipe until as much as was asked for is there: a peek sees the whole sample."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def readable(self) -> bool:
        """Say yes, as a BufferedReader asks."""
        return True

    def readinto(self, space: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the space as far as the file goes."""
        filled = 0
        while filled < len(space) and (got := self.file.read(len(space) - filled)):
            space[filled : filled + len(got)] = got
            filled += len(got)
        return filled
