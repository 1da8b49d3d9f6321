"""The letter: an issue compiled once into bytes with holes, and the stamping that fills them for one reader."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from newsletter.domain.encoding import (
    clean,
    header_value,
    html_value,
    is_plain,
    is_plain_text,
    phrase_value,
    text_value,
)

__all__ = ["Encoding", "Hole", "Letter", "Stamp", "clean"]


class Encoding(StrEnum):
    """How a value is written where its hole stands. Each loses control characters first (see `clean`)."""

    TEXT = "text"  # plain text inside a quoted-printable part
    HTML = "html"  # HTML-escaped inside a quoted-printable part
    PHRASE = "phrase"  # a display name in a header: quoted, or one encoded word
    HEADER = "header"  # an address, message id or URL in a header: printable, never encoded


_ENCODERS: Final[Mapping[Encoding, Callable[[str], bytes]]] = {
    Encoding.TEXT: text_value,
    Encoding.HTML: html_value,
    Encoding.PHRASE: phrase_value,
    Encoding.HEADER: header_value,
}
_ENCODINGS = tuple(_ENCODERS)

_MAGIC = b"LTR1"
_COUNT = struct.Struct(">I")
_HOLE = struct.Struct(">BB")


class Stamp(Protocol):
    """Whatever a reader's values are put into to make a message: a letter, or a letter that is signed as well."""

    def stamp(self, values: Mapping[str, str]) -> bytes:
        """Return the message for one reader, CRLF line ends throughout. Raises KeyError naming a missing value."""
        ...

    @property
    def has_leading_dots(self) -> bool:
        """Tell whether a line of what is stamped may begin with a dot, which SMTP's DATA wants doubled."""
        ...


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in the letter that differs from reader to reader."""

    name: str
    encoding: Encoding


class _Filling(NamedTuple):
    """Where one value goes, by encoding. Most values are the same in all of theirs, which `is_plain` tells."""

    name: str
    is_plain: Callable[[str], bool] | None
    everywhere: tuple[int, ...]
    encoded: tuple[tuple[Callable[[str], bytes], tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole MIME message but for its holes: `segments` has one entry more than `holes`.

    Raises ValueError when it has not.
    """

    segments: tuple[bytes, ...]
    holes: tuple[Hole, ...]
    # What stamping needs, worked out once: the segments with room between them, and where each value goes.
    _spaced: list[bytes] = field(init=False, repr=False, compare=False)
    _fillings: tuple[_Filling, ...] = field(init=False, repr=False, compare=False)
    _has_leading_dots: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.segments) != len(self.holes) + 1:
            raise ValueError(f"{len(self.segments)} segments do not go around {len(self.holes)} holes")
        spaced = [b""] * (2 * len(self.segments) - 1)
        spaced[::2] = self.segments
        object.__setattr__(self, "_spaced", spaced)
        names = dict.fromkeys(hole.name for hole in self.holes)
        object.__setattr__(self, "_fillings", tuple(_filling(name, self.holes) for name in names))
        object.__setattr__(self, "_has_leading_dots", _has_leading_dots(self.segments, self.holes))

    def stamp(self, values: Mapping[str, str]) -> bytes:
        """Return the message for one reader, CRLF line ends throughout, not dot-stuffed.

        `values` maps each hole's name to its text. Raises KeyError naming a missing value.
        """
        pieces = self._spaced.copy()
        for filling in self._fillings:
            value = values[filling.name]
            if filling.is_plain is not None and filling.is_plain(value):
                octets = value.encode("ascii")
                for place in filling.everywhere:
                    pieces[place] = octets
                continue
            for encode, places in filling.encoded:
                octets = encode(value)
                for place in places:
                    pieces[place] = octets
        return b"".join(pieces)

    @property
    def has_leading_dots(self) -> bool:
        """Tell whether a line of what is stamped may begin with a dot; quoted-printable has none."""
        return self._has_leading_dots

    def to_bytes(self) -> bytes:
        """Return the letter as it is stored. Version 1: the holes, then each segment, all with their lengths."""
        pieces = [_MAGIC, _COUNT.pack(len(self.holes))]
        for hole in self.holes:
            name = hole.name.encode()
            pieces += [_HOLE.pack(_ENCODINGS.index(hole.encoding), len(name)), name]
        for segment in self.segments:
            pieces += [_COUNT.pack(len(segment)), segment]
        return b"".join(pieces)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Letter:
        """Return the letter that was stored. Raises ValueError when it is no letter, or was cut."""
        reader = _Reader(stored)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise ValueError("not a letter of a version that is known here")
        holes = tuple(reader.hole() for _ in range(reader.count()))
        letter = cls(tuple(reader.take(reader.count()) for _ in range(len(holes) + 1)), holes)
        if not reader.is_at_end():
            raise ValueError("something follows the letter's end")
        return letter


def _filling(name: str, holes: Sequence[Hole]) -> _Filling:
    places: dict[Encoding, list[int]] = {}
    for number, hole in enumerate(holes):
        if hole.name == name:
            places.setdefault(hole.encoding, []).append(2 * number + 1)
    everywhere = tuple(place for found in places.values() for place in found)
    encoded = tuple((_ENCODERS[encoding], tuple(found)) for encoding, found in places.items())
    return _Filling(name, _plainness(places.keys()), everywhere, encoded)


def _plainness(encodings: AbstractSet[Encoding]) -> Callable[[str], bool] | None:
    """Return what tells that a value is the same in all these encodings; None where asking is not worth it."""
    if len(encodings) == 1 or Encoding.PHRASE in encodings:
        return None
    return is_plain if Encoding.HEADER in encodings else is_plain_text


def _has_leading_dots(segments: Sequence[bytes], holes: Sequence[Hole]) -> bool:
    """Tell whether a line may begin with a dot: a segment's, or one that a hole in the header begins."""
    starts = [True, *(segment.endswith(b"\n") for segment in segments[:-1])]  # a hole may be empty
    dotted = any(at and segment.startswith(b".") for at, segment in zip(starts, segments, strict=True))
    bare = any(at and hole.encoding is Encoding.HEADER for at, hole in zip(starts[1:], holes, strict=True))
    return dotted or bare or any(b"\n." in segment for segment in segments)


@dataclass(slots=True)
class _Reader:
    """Walks through a stored letter."""

    stored: bytes
    position: int = 0

    def take(self, size: int) -> bytes:
        piece = self.stored[self.position : self.position + size]
        if len(piece) != size:
            raise ValueError("the letter was cut")
        self.position += size
        return piece

    def count(self) -> int:
        (number,) = _COUNT.unpack(self.take(_COUNT.size))
        return int(number)

    def hole(self) -> Hole:
        encoding, size = _HOLE.unpack(self.take(_HOLE.size))
        if encoding >= len(_ENCODINGS):
            raise ValueError("the letter has a hole of a kind that is not known here")
        return Hole(self.take(size).decode(), _ENCODINGS[encoding])

    def is_at_end(self) -> bool:
        return self.position == len(self.stored)
