"""The MIME message with holes: header fields, a text and an HTML part, cut where a reader's values will stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.domain.encoding import SOFT_BREAK, quoted_printable
from newsletter.domain.letter import Hole, Letter
from newsletter.rendering.holes import Holes

Piece = bytes | Hole


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is cut, marks and all.

    `headers` are whole fields in octets without their last line end. `key` gives the boundary, so that the same
    message is the same bytes.
    """

    key: str
    headers: Sequence[bytes]
    text: str
    html: str


def compile_letter(message: Message, holes: Holes) -> Letter:
    """Return the letter: multipart/alternative, text first, both parts quoted-printable.

    The boundary begins with `=_`, which quoted-printable cannot produce (RFC 2045 section 6.7).
    """
    boundary = b"=_" + hashlib.sha256(b"boundary:" + message.key.encode()).hexdigest()[:32].encode("ascii")
    return _joined(
        [
            *_header(message.headers, holes),
            b"MIME-Version: 1.0\r\n",
            b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n\r\n',
            *_part(b"plain", message.text, holes, boundary),
            *_part(b"html", message.html, holes, boundary),
            b"--" + boundary + b"--\r\n",
        ]
    )


def _header(fields: Iterable[bytes], holes: Holes) -> list[Piece]:
    pieces = holes.cut("".join(field.decode() + "\r\n" for field in fields))
    return [piece if isinstance(piece, Hole) else piece.encode() for piece in pieces]


def _part(subtype: bytes, content: str, holes: Holes, boundary: bytes) -> list[Piece]:
    return [
        b"--" + boundary + b"\r\nContent-Type: text/" + subtype + b"; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        *_quoted(holes.cut(content)),
        b"\r\n",
    ]


def _quoted(pieces: Iterable[str | Hole]) -> Iterable[Piece]:
    """Write each piece from column 0 on, with a soft line break between two wherever there is no hard one."""
    after_text_line, after_hole = True, False
    for piece in pieces:
        if isinstance(piece, Hole):
            if not after_text_line:
                yield SOFT_BREAK
            yield piece
            after_text_line, after_hole = False, True
            continue
        if after_hole and not piece.startswith("\n"):
            yield SOFT_BREAK
        yield quoted_printable(piece)
        after_text_line, after_hole = piece.endswith("\n"), False


def _joined(pieces: Iterable[Piece]) -> Letter:
    segments: list[list[bytes]] = [[]]
    holes: list[Hole] = []
    for piece in pieces:
        if isinstance(piece, Hole):
            holes.append(piece)
            segments.append([])
        else:
            segments[-1].append(piece)
    return Letter(tuple(b"".join(segment) for segment in segments), tuple(holes))
