"""DKIM (RFC 6376; Ed25519 by RFC 8463): letters signed as they are stamped, a message always the same bytes.

relaxed/simple: relays may fold header fields anew, and the body, quoted-printable throughout, is left alone by all
of them. There is no `t=` and no `x=`, and both algorithms are deterministic, so that a letter sent twice is one.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import wrap

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from newsletter.domain.dkim_key import private_key
from newsletter.domain.letter import Letter
from newsletter.settings import DkimSettings

# Named once more than they occur, whether they do or not, so that nobody can add one (RFC 6376 section 8.15).
_SEALED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",  # RFC 8058 section 4 asks for both to be signed
)
_SIGNED = ("List-Id", "Feedback-ID")

_HEADER_END = b"\r\n\r\n"
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_SPACES = re.compile(rb"[ \t]+")


class Signer:
    """Signs letters with the keys of `[dkim]`, which are read once. The last letters are remembered, prepared.

    Give it to a transport as its `stamp`. Raises UnfitKey (a ValueError) when a key is none.
    """

    _REMEMBERED = 16

    def __init__(self, settings: DkimSettings) -> None:
        self._keys = tuple(_key(settings.domain, key.selector, key.private_key) for key in settings.keys)
        self._prepared: dict[int, SignedLetter] = {}

    def __call__(self, letter: Letter) -> SignedLetter:
        """Return the letter as one that signs what it stamps. Raises ValueError when it has no whole header."""
        found = self._prepared.get(id(letter))  # which holds on to its letter, so that no other has this id
        if found is None:
            if len(self._prepared) >= self._REMEMBERED:
                self._prepared.clear()
            found = self._prepared[id(letter)] = _prepared(letter, self._keys)
        return found

    def sign(self, message: bytes) -> bytes:
        """Return a whole message, CRLF line ends throughout, with its signatures. Raises ValueError as above."""
        return _prepared(Letter((message,), ()), self._keys).stamp({})


def signed(letter: Letter, settings: DkimSettings) -> SignedLetter:
    """Return the letter as one that signs what it stamps. Raises UnfitKey, or ValueError without a whole header.

    It reads the keys each time: whoever has several letters makes a Signer.
    """
    return Signer(settings)(letter)


@dataclass(frozen=True, slots=True)
class SignedLetter:
    """A letter whose messages begin with their signatures. What readers share was parsed and hashed beforehand."""

    letter: Letter
    head: Letter  # up to and with the empty line
    shared: bytes  # the body as far as it is everybody's
    rest: Letter  # of the body
    digest: hashlib._Hash  # of `shared`; copied, never updated
    fields: tuple[bytes, ...]  # the signed header fields in order, relaxed; those with holes are empty
    varying: tuple[tuple[int, int], ...]  # of each with holes: its place in `fields`, its number in the header
    seals: tuple[_Seal, ...]

    def stamp(self, values: Mapping[str, str]) -> bytes:
        """Return the signed message for one reader. Raises KeyError naming a missing value."""
        if not self.seals:
            return self.letter.stamp(values)
        head, rest = self.head.stamp(values), self.rest.stamp(values)
        body = self.digest.copy()
        body.update(_unended(rest) + b"\r\n")
        header, body_hash = self._canonical(head), b64encode(body.digest())
        return b"".join([*(seal(header, body_hash) for seal in self.seals), head, self.shared, rest])

    @property
    def has_leading_dots(self) -> bool:
        """Tell whether a line of what is stamped may begin with a dot. Signatures have none."""
        return self.letter.has_leading_dots

    def _canonical(self, head: bytes) -> bytes:
        """Return the signed header fields in relaxed form. No value can begin or end a field: see `encoding`."""
        if not self.varying:
            return b"".join(self.fields)
        raw = _FIELD_END.split(head)
        fields = list(self.fields)
        for place, number in self.varying:
            fields[place] = _relaxed(raw[number]) + b"\r\n"
        return b"".join(fields)


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes a signature, and the tags that are the key's own."""

    tags: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class _Seal:
    """Writes one DKIM-Signature field: `opening`, the body's hash, the signature."""

    opening: bytes
    relaxed: bytes
    sign: Callable[[bytes], bytes]

    def __call__(self, header: bytes, body_hash: bytes) -> bytes:
        """Return the field with its line end. The field itself is signed with nothing after `b=`."""
        signature = b64encode(self.sign(header + self.relaxed + body_hash + b"; b=")).decode("ascii")
        folded = "\r\n ".join(wrap(signature, 72)).encode("ascii")
        return self.opening + body_hash + b";\r\n b=" + folded + b"\r\n"


def _key(domain: str, selector: str, pem: bytes) -> _Key:
    key = private_key(pem)
    place = f"c=relaxed/simple; d={domain};\r\n s={selector};\r\n".encode("ascii")
    if isinstance(key, RSAPrivateKey):
        return _Key(b"v=1; a=rsa-sha256; " + place, lambda data: key.sign(data, PKCS1v15(), SHA256()))
    # RFC 8463 section 3: what is signed is the SHA-256 of the header.
    return _Key(b"v=1; a=ed25519-sha256; " + place, lambda data: key.sign(hashlib.sha256(data).digest()))


def _prepared(letter: Letter, keys: tuple[_Key, ...]) -> SignedLetter:
    head, body = _parted(letter)
    shared = _unended(body.segments[0])  # line ends may be the body's last: they stay with the rest
    rest = Letter((body.segments[0][len(shared) :], *body.segments[1:]), body.holes)
    raw = _FIELD_END.split(b"\0".join(head.segments))  # NUL, which no header has, stands for a hole
    names, order = _order([_name(field) for field in raw])
    listed = _listed(names)
    return SignedLetter(
        letter=letter,
        head=head,
        shared=shared,
        rest=rest,
        digest=hashlib.sha256(shared),
        fields=tuple(b"" if b"\0" in raw[n] else _relaxed(raw[n]) + b"\r\n" for n in order),
        varying=tuple((place, n) for place, n in enumerate(order) if b"\0" in raw[n]),
        seals=tuple(_seal(key, listed) for key in keys),
    )


def _seal(key: _Key, listed: bytes) -> _Seal:
    opening = b"DKIM-Signature: " + key.tags + b" h=" + listed + b";\r\n bh="
    return _Seal(opening, _relaxed(opening), key.sign)


def _parted(letter: Letter) -> tuple[Letter, Letter]:
    """Return the letter's header, with the empty line, and its body."""
    for number, segment in enumerate(letter.segments):
        before, end, after = segment.partition(_HEADER_END)
        if end:
            head = Letter((*letter.segments[:number], before + end), letter.holes[:number])
            return head, Letter((after, *letter.segments[number + 1 :]), letter.holes[number:])
    raise ValueError("the message has no empty line after its header")


def _order(present: list[str]) -> tuple[list[str], list[int]]:
    """Return the names of `h=`, and the numbers of the fields they mean: of each name the last field first."""
    names: list[str] = []
    order: list[int] = []
    for name in (*_SEALED, *_SIGNED):
        found = [number for number, other in enumerate(present) if other == name.lower()]
        order += reversed(found)
        names += [name] * (len(found) + (name in _SEALED))
    return names, order


def _listed(names: list[str]) -> bytes:
    """Return the names with colons between them, folded."""
    lines = wrap(" ".join(f"{name}:" for name in names), 72, break_on_hyphens=False)
    return "\r\n ".join(line.replace(" ", "") for line in lines).removesuffix(":").encode("ascii")


def _unended(text: bytes) -> bytes:
    """Return the text without the line ends at its end."""
    while text.endswith(b"\r\n"):
        text = text[:-2]
    return text


def _name(field: bytes) -> str:
    return field.partition(b":")[0].rstrip(b" \t").decode("latin-1").lower()


def _relaxed(field: bytes) -> bytes:
    """Return a header field in relaxed form without its line end (RFC 6376 section 3.4.2)."""
    name, _, value = field.replace(b"\r\n", b"").partition(b":")
    return name.rstrip(b" \t").lower() + b":" + _SPACES.sub(b" ", value).strip(b" ")
