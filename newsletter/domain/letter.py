"""The letter: an issue compiled once into bytes with holes, and the stamping that fills them for one reader."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from newsletter.domain.encoding import clean, header_value, html_value, phrase_value, text_value

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


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole MIME message but for its holes: `segments` has one entry more than `holes`.

    Raises ValueError when it has not.
    """

    segments: tuple[bytes, ...]
    holes: tuple[Hole, ...]
    # What stamping needs, worked out once: each distinct hole's encoder, and which of them stands at each place.
    _distinct: tuple[tuple[str, Callable[[str], bytes]], ...] = field(init=False, repr=False, compare=False)
    _places: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _has_leading_dots: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.segments) != len(self.holes) + 1:
            raise ValueError(f"{len(self.segments)} segments do not go around {len(self.holes)} holes")
        distinct = tuple(dict.fromkeys(self.holes))
        object.__setattr__(self, "_distinct", tuple((hole.name, _ENCODERS[hole.encoding]) for hole in distinct))
        # A hole may be empty or, in the header, begin with a dot: then what is behind counts as well.
        starts = [True, *(segment.endswith(b"\n") for segment in self.segments[:-1])]
        dotted = [at and piece.startswith(b".") for at, piece in zip(starts, self.segments, strict=True)]
        bare = [at and hole.encoding is Encoding.HEADER for at, hole in zip(starts[1:], self.holes, strict=True)]
        is_dotted = any(dotted) or any(bare) or any(b"\n." in segment for segment in self.segments)
        object.__setattr__(self, "_has_leading_dots", is_dotted)
        object.__setattr__(self, "_places", tuple(distinct.index(hole) for hole in self.holes))

    def stamp(self, values: Mapping[str, str]) -> bytes:
        """Return the message for one reader, CRLF line ends throughout, not dot-stuffed.

        `values` maps each hole's name to its text. Raises KeyError naming a missing value.
        """
        written = [encode(values[name]) for name, encode in self._distinct]
        pieces = [b""] * (2 * len(self.segments) - 1)
        pieces[::2] = self.segments
        pieces[1::2] = [written[place] for place in self._places]
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
