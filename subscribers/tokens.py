"""Signed links that do one thing for one row, without a session or a password.

A token is the row's number and the moment it was made, followed by 16 octets of HMAC-SHA256 over purpose, number
and moment, in URL-safe base64 (38 characters). The purpose is signed but not written: a link to leave cannot be
turned into a link that changes preferences. Deterministic, so a letter sent twice is the same bytes. One call of
`hmac.digest` keeps it cheap enough to be made for each reader while sending.
"""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hmac import compare_digest, digest

_BODY = struct.Struct(">QI")
_MESSAGE = struct.Struct(">QQ")
_REFERENCE = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,17})\.([0-9a-f]{32})")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_MAC_SIZE = 16
_LENGTH = -(-(_BODY.size + _MAC_SIZE) * 4 // 3)


class Purpose(StrEnum):
    """What a link is for."""

    CONFIRM = "confirm"  # a subscription
    UNSUBSCRIBE = "unsubscribe"  # a subscription; valid for ever
    PREFERENCES = "preferences"  # a subscription
    RETURN = "return"  # a subscription, for a while after leaving it
    ADDRESS = "address"  # a change of address, to be confirmed
    OBJECT = "object"  # a change of address that was made, to be taken back
    VIEW = "view"  # a letter, read in the browser
    TRACKING = "tracking"  # a subscription, whose opens and clicks are counted
    FORM = "form"  # a form that was shown, by a number of its own
    SIGN_IN = "sign in"  # at the desk, once
    INVITATION = "invitation"  # to the desk, once
    WINDOW = "window"  # an editor's mail about tonight's issue, until it leaves
    TRIAL = "trial"  # links in a test mail, which work and change nothing


class BadToken(Exception):
    """The link was cut, altered, made for something else, or not made by us."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid link names. `made_at` is aware UTC, to the second."""

    row: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs and reads links with one secret of at least 32 characters."""

    secret: str = field(repr=False)
    _key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the secret has fewer than 32 characters")
        object.__setattr__(self, "_key", self.secret.encode())

    def sign(self, purpose: Purpose, row: int, made_at: datetime) -> str:
        """Return the token for one row; the same arguments give the same token."""
        return self.signer(purpose, made_at)(row)

    def signer(self, purpose: Purpose, made_at: datetime) -> Callable[[int], str]:
        """Return `sign` for one purpose and moment, for signing many rows."""
        key, mark, seconds = self._key, purpose.encode() + b"\0", int(made_at.timestamp())

        def sign(row: int) -> str:
            body = _BODY.pack(row, seconds)
            return _write(body + digest(key, mark + body, "sha256")[:_MAC_SIZE])

        return sign

    def read(self, purpose: Purpose, text: str) -> Token:
        """Return what the token names. Raises BadToken. Expiry is the caller's, who knows what is at stake."""
        if len(text) != _LENGTH or not text.isascii():
            raise BadToken("the link is not whole")
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Base64Error, ValueError):
            raise BadToken("the link is not whole") from None
        if _write(raw) != text:  # base64 has spare bits and forgives foreign characters; a link has one spelling
            raise BadToken("the link was altered")
        body, mac = raw[: _BODY.size], raw[_BODY.size :]
        if not compare_digest(mac, self._mac(purpose, body)):
            raise BadToken("the link was altered or made for something else")
        row, seconds = _BODY.unpack(body)
        return Token(row, datetime.fromtimestamp(seconds, UTC))

    def address_hash(self, address: str) -> str:
        """Return the keyed hash by which a suppressed address is known after everything else is erased."""
        return digest(self._key, b"address\0" + address.encode(), "sha256").hex()

    def limit_key(self, what: str, text: str) -> str:
        """Return the keyed hash by which something is counted: a `what` (network, address) called `text`."""
        return digest(self._key, f"limit\0{what}\0{text}".encode(), "sha256").hex()

    def message_id(self, issue: int, subscription: int) -> str:
        """Return the left half of a deterministic Message-ID that tells an outsider nothing."""
        return digest(self._key, b"message\0" + _MESSAGE.pack(issue, subscription), "sha256")[:_MAC_SIZE].hex()

    def reference(self, issue: int, subscription: int) -> str:
        """Return a delivery's name for mail that comes back: `issue.subscription.` and a MAC, in lower case.

        It may stand in the left half of an address, and is made of what the letter's Message-ID is made of.
        """
        return f"{issue}.{subscription}.{self.message_id(issue, subscription)}"

    def read_reference(self, text: str) -> tuple[int, int]:
        """Return the issue and the subscription that a reference names. Raises BadToken."""
        found = _REFERENCE.fullmatch(text.lower())
        if not found:
            raise BadToken("the reference is not whole")
        issue, subscription = int(found[1]), int(found[2])
        if not compare_digest(found[3], self.message_id(issue, subscription)):
            raise BadToken("the reference was not made here")
        return issue, subscription

    def _mac(self, purpose: Purpose, body: bytes) -> bytes:
        return digest(self._key, purpose.encode() + b"\0" + body, "sha256")[:_MAC_SIZE]


def _write(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")
