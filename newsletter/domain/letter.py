"""The letter: an issue compiled once into bytes with holes, and the stamping that fills them for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """How a value is written where its hole stands."""

    TEXT = "text"  # plain text inside a quoted-printable part
    HTML = "html"  # HTML-escaped inside a quoted-printable part
    PHRASE = "phrase"  # a display name in a header: quoted, or one encoded word
    HEADER = "header"  # an address, message id or URL in a header: printable ASCII, never encoded


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in the letter that differs from reader to reader."""

    name: str
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole MIME message but for its holes: `segments` has one entry more than `holes`."""

    segments: tuple[bytes, ...]
    holes: tuple[Hole, ...]

    def stamp(self, values: Mapping[str, str]) -> bytes:
        """Return the message for one reader, CRLF line ends throughout, not dot-stuffed.

        `values` maps each hole's name to its text. Raises KeyError naming a missing value.
        """
        raise NotImplementedError
