"""How text is written where octets are expected: quoted-printable bodies, display names, header values.

Pure. Nothing that goes in can come out as a line end, a header or a MIME boundary of its own making.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from html import escape

SOFT_BREAK = b"=\r\n"
ENCODED_WORD_ROOM = 66  # RFC 2047 allows 75 a word and 76 a line; the header's name stands on the first line

_LINE_ROOM = 75  # of the 76 octets of RFC 2045 section 6.7, one is kept for the soft break's "="
_NAME_ROOM = 200  # characters of a display name in plain ASCII
_HEADER_ROOM = 512  # octets of a header value; the longest header around one stays below 998

_SEPARATORS = re.compile("\r\n|[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
# What quoted-printable leaves as it is: one line of ASCII that begins and ends harmlessly.
_PLAIN = re.compile(r"[ -,/-<>-EG-~](?:[ -<>-~]{0,73}[!-<>-~])?|")
_PLAIN_HTML = re.compile(r"[ !#-%(-,/-;?-EG-~](?:[ !#-%(-;?-~]{0,73}[!#-%(-;?-~])?|")  # and HTML too
_PLAIN_ANYWHERE = re.compile(r"[!#-%(-+/-;?-EG-~](?:[!#-%(-+\--;?-~]{0,74})?|")  # and a header value
_HEADER_PLAIN = re.compile(r"[!-+\--;=?-~]{0,512}")
_HEADER_DROPPED = re.compile(r"[\s<>,]")
_Q_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
_OCTETS = tuple(
    chr(octet) if 32 <= octet <= 126 and octet != ord("=") else f"={octet:02X}" for octet in range(256)
)
_Q_OCTETS = tuple(
    "_" if octet == 32 else chr(octet) if octet in _Q_PLAIN else f"={octet:02X}" for octet in range(256)
)


def clean(text: str) -> str:
    """Return the text as one line that no medium trips over.

    Tabs and all line ends (CR LF counts once; also VT, FF, FS to US, NEL, U+2028 and U+2029) become a space.
    Dropped are the other C0 and C1 controls, lone surrogates, noncharacters, and the directional embeddings,
    overrides and isolates U+202A to U+202E and U+2066 to U+2069, which could turn the text around them. The
    marks U+200E, U+200F and U+061C and the joiners stay. Spaces are neither trimmed nor collapsed. Cleaning
    twice is cleaning once.
    """
    if text.isprintable():
        return text
    return _DROPPED.sub("", _SEPARATORS.sub(" ", text))


def displayed(name: str) -> str:
    """Return a display name as it can be read back from a header.

    Cleaned, white space collapsed. A name in plain ASCII is cut to 200 characters; any other must fit into one
    encoded word (about 42 octets of UTF-8), because Python 3.11 reads several with spaces added, and is cut
    between two characters as a reader sees them.
    """
    name = " ".join(clean(name).split())
    if _is_quotable(name):
        return name[:_NAME_ROOM].rstrip()
    name = name[: ENCODED_WORD_ROOM + 4]
    while len(_encoded_word(name)) > ENCODED_WORD_ROOM + 4:
        name = _shortened(name)
    return name.rstrip()


def text_value(value: str) -> bytes:
    """Write a value as a piece of a plain-text part in quoted-printable."""
    return value.encode("ascii") if _PLAIN.fullmatch(value) else quoted_printable(clean(value))


def html_value(value: str) -> bytes:
    """Write a value as a piece of an HTML part, in running text or in a quoted attribute."""
    return value.encode("ascii") if _PLAIN_HTML.fullmatch(value) else quoted_printable(escape(clean(value)))


def is_plain_text(value: str) -> bool:
    """Tell whether a value is written as it is in text and in HTML."""
    return _PLAIN_HTML.fullmatch(value) is not None


def is_plain(value: str) -> bool:
    """Tell whether a value is written as it is in text, in HTML and in a header."""
    return _PLAIN_ANYWHERE.fullmatch(value) is not None


def phrase_value(value: str) -> bytes:
    """Write a display name and the white space after it; nothing for an empty name.

    A quoted string, or one encoded word (RFC 2047), after which the line is folded.
    """
    name = displayed(value)
    if not name:
        return b""
    if _is_quotable(name):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return quoted.encode("ascii") + (b" " if len(quoted) <= 40 else b"\r\n ")
    return _encoded_word(name).encode("ascii") + b"\r\n "


def header_value(value: str) -> bytes:
    """Write an address, a message id or a token where no encoded word may stand.

    White space, `<`, `>` and `,` are lost, and what exceeds 512 octets. Other than ASCII stays as UTF-8
    (RFC 6532), which only an internationalised address needs.
    """
    if _HEADER_PLAIN.fullmatch(value):
        return value.encode("ascii")
    octets = _HEADER_DROPPED.sub("", clean(value)).encode()
    return octets[:_HEADER_ROOM].decode(errors="ignore").encode()


def unstructured(text: str, name: str) -> bytes:
    """Write a whole header field such as Subject, folded, without its final line end.

    Encoded words as RFC 2047 has them where ASCII does not suffice; white space is collapsed.
    """
    words = clean(text).split()
    text = " ".join(words)
    if text.isascii() and "=?" not in text and all(len(word) <= 900 for word in words):
        return b"\r\n ".join(line.encode("ascii") for line in _filled(f"{name}:", words))
    encoded = list(_encoded_words(text))
    return f"{name}: ".encode("ascii") + "\r\n ".join(encoded).encode("ascii")


def quoted_printable(text: str) -> bytes:
    r"""Write text with `\n` line ends as quoted-printable that begins at column 0, lines of at most 75 octets.

    `.`, `F` and `-` at column 0 are written as octets, so that no line needs dot-stuffing, becomes ">From " or
    looks like a boundary. White space before a line end too, so that no mail server trims it.
    """
    if _PLAIN.fullmatch(text):
        return text.encode("ascii")
    return "\r\n".join("=\r\n".join(_soft_lines(line)) for line in text.split("\n")).encode("ascii")


def _soft_lines(line: str) -> Iterator[str]:
    octets = line.encode()
    body = octets.rstrip(b" ")
    whole = "".join([_OCTETS[octet] for octet in body])
    if len(whole) <= _LINE_ROOM and len(body) == len(octets) and line[:1] not in {".", "F", "-"}:
        yield whole  # the usual name
        return
    written: list[str] = []
    width = 0
    for piece in (*(_OCTETS[octet] for octet in body), *["=20"] * (len(octets) - len(body))):
        if width + len(piece) > _LINE_ROOM:
            yield "".join(written)
            written, width = [], 0
        if width == 0 and piece in {".", "F", "-"}:
            piece = f"={ord(piece):02X}"  # noqa: PLW2901 - the same octet, spelt otherwise
        written.append(piece)
        width += len(piece)
    yield "".join(written)


def _filled(first: str, words: list[str]) -> Iterator[str]:
    line = first
    for word in words:
        if len(line) + 1 + len(word) > 76 and line != first:
            yield line
            line = word
        else:
            line = f"{line} {word}"
    yield line


def _is_quotable(name: str) -> bool:
    return name.isascii() and "=?" not in name  # readers decode encoded words even within quotes


def _encoded_word(text: str) -> str:
    octets = text.encode()
    q = "".join([_Q_OCTETS[octet] for octet in octets])
    if len(q) <= -(-len(octets) // 3) * 4:
        return f"=?utf-8?q?{q}?="
    return f"=?utf-8?b?{b64encode(octets).decode('ascii')}?="


def _encoded_words(text: str) -> Iterator[str]:
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or len(_encoded_word(text[start : end + 1])) > ENCODED_WORD_ROOM:
            yield _encoded_word(text[start:end])
            start = end


def _shortened(text: str) -> str:
    end = len(text) - 1
    while end > 0 and _belong_together(text[end - 1], text[end]):
        end -= 1
    return text[:end]


def _belong_together(before: str, after: str) -> bool:
    is_modifier = unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return is_modifier or "\u200d" in {before, after}
