"""Addresses as people type them, and as the register knows them. Pure; asks no DNS."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

_LONGEST_KEY = 320  # the column's; lower case can be longer than what was typed
_LONGEST_NAME = 100
_LONGEST_PATH = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
# What nearly every address is made of. Whatever this takes the library takes too, and writes alike; what this does
# not take may be an address all the same.
_PLAIN = re.compile(
    r"(?=.{3,254}\Z)([A-Za-z0-9_+-]{1,64}|(?=[^@]{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)+)"
    r"@(?=.{1,253}\Z)((?:(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})"
)
_SPECIAL_USE = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_LINKED_DOT = re.compile(r"\.(?=\w\w)")
_LINK_SIGNS = re.compile(r"[/\\@<>]+")


class Fault(StrEnum):
    """What is wrong with an address."""

    MISSING = "missing"
    NO_AT_SIGN = "no_at_sign"
    TOO_LONG = "too_long"
    BEFORE_THE_AT = "before_the_at"
    AFTER_THE_AT = "after_the_at"


class InvalidAddress(ValueError):
    """The text is no e-mail address; the message is one English sentence that can be shown to whoever typed it.

    `fault` is for who words it in another language.
    """

    def __init__(self, sentence: str, fault: Fault) -> None:
        super().__init__(sentence)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Address:
    """`email` is as to be written on an envelope; `key` is the same for every spelling of one mailbox."""

    email: str
    key: str

    @property
    def mailbox(self) -> str:
        """The key without what stands behind a plus sign: to be counted by, as providers deliver both alike."""
        local, _, domain = self.key.rpartition("@")
        return f"{local.partition('+')[0] or local}@{domain}"


def normalise(text: str) -> Address:
    """Return the address that was meant. Raises InvalidAddress.

    White space around it is forgiven. Internationalised addresses are taken (RFC 6531); an international domain
    behind an ASCII name is written in its ASCII form, which every server takes.
    """
    typed = unicodedata.normalize("NFC", text.strip())
    if not typed:
        raise InvalidAddress("Please enter an e-mail address.", Fault.MISSING)
    return plain_address(typed) or validated(typed)


def plain_address(typed: str) -> Address | None:
    """Return what `validated` would, and much sooner, when the address is of the plain kind; else None."""
    found = _PLAIN.fullmatch(typed)
    if found is None:
        return None
    local, domain = found[1], found[2].lower()
    if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES or f".{domain}".endswith(_SPECIAL_USE):
        return None
    email = f"{local}@{domain}"
    return Address(email, email.lower())


def validated(typed: str) -> Address:
    """Return the address, of whatever kind. Raises InvalidAddress."""
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise InvalidAddress(str(error).replace("email", "e-mail"), _fault(typed)) from None
    key = valid.normalized.lower()
    if len(key) > _LONGEST_KEY:
        raise InvalidAddress("The e-mail address is too long.", Fault.TOO_LONG)
    return Address(valid.ascii_email or valid.normalized, key)


def _fault(typed: str) -> Fault:
    """Return what is wrong with an address that is not valid."""
    local, at, _ = typed.rpartition("@")
    if not at:
        return Fault.NO_AT_SIGN
    if len(typed) > _LONGEST_PATH:
        return Fault.TOO_LONG
    try:
        validate_email(f"{local}@a.org", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return Fault.BEFORE_THE_AT
    return Fault.AFTER_THE_AT


def plain_name(text: str) -> str:
    """Return a name fit to be greeted by: one line of at most 100 characters in which no mail program sees a link.

    Anybody may type a name beside somebody else's address, and the confirmation mail greets by it.
    """
    visible = text[: 4 * _LONGEST_NAME]
    if not visible.isprintable():
        visible = "".join(character if character.isprintable() else " " for character in visible)
    harmless = _LINKED_DOT.sub(". ", _LINK_SIGNS.sub(" ", visible))
    return " ".join(harmless.split())[:_LONGEST_NAME].rstrip()
