"""Addresses as people type them, and as the register knows them. Pure; asks no DNS."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

_LONGEST_KEY = 320  # the column's; lower case can be longer than what was typed
_LONGEST_NAME = 100
_LINKED_DOT = re.compile(r"\.(?=\w\w)")
_LINK_SIGNS = re.compile(r"[/\\@<>]+")


class InvalidAddress(ValueError):
    """The text is no e-mail address; the message is one sentence that can be shown to whoever typed it."""


@dataclass(frozen=True, slots=True)
class Address:
    """`email` is as to be written on an envelope; `key` is the same for every spelling of one mailbox."""

    email: str
    key: str


def normalise(text: str) -> Address:
    """Return the address that was meant. Raises InvalidAddress.

    White space around it is forgiven. Internationalised addresses are taken (RFC 6531); an international domain
    behind an ASCII name is written in its ASCII form, which every server takes.
    """
    typed = unicodedata.normalize("NFC", text.strip())
    if not typed:
        raise InvalidAddress("Please enter an e-mail address.")
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise InvalidAddress(str(error).replace("email", "e-mail")) from None
    key = valid.normalized.lower()
    if len(key) > _LONGEST_KEY:
        raise InvalidAddress("The e-mail address is too long.")
    return Address(valid.ascii_email or valid.normalized, key)


def plain_name(text: str) -> str:
    """Return a name fit to be greeted by: one line of at most 100 characters in which no mail program sees a link.

    Anybody may type a name beside somebody else's address, and the confirmation mail greets by it.
    """
    visible = "".join(character if character.isprintable() else " " for character in text[: 4 * _LONGEST_NAME])
    harmless = _LINKED_DOT.sub(". ", _LINK_SIGNS.sub(" ", visible))
    return " ".join(harmless.split())[:_LONGEST_NAME].rstrip()
