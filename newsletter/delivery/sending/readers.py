"""What stands in a letter's holes for one reader. Cheap: it is made for every message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import idna

from newsletter.domain.letter import Letter
from newsletter.rendering.counting import TOKEN
from subscribers.tokens import Purpose, Tokens


class Reader(NamedTuple):
    """One reader of an issue. `email` is as to be written. A plain tuple: one is made per message."""

    subscription_id: int
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stationery:
    """A frozen letter and what is the same for all its readers.

    `greeting` has `{name}` in it. `domain` is the right half of the Message-IDs. `made_at` (aware UTC) is the
    moment the letter was frozen: links carry it, so that a letter sent twice is the same bytes.
    """

    letter: Letter
    issue_id: int
    greeting: str
    greeting_nameless: str
    domain: str
    made_at: datetime


class ReaderValues:
    """Makes the values of a letter's holes, one reader after the other; the same reader has the same values."""

    def __init__(self, stationery: Stationery, tokens: Tokens) -> None:
        self._stationery = stationery
        self._message_id = tokens.message_id
        self._unsubscribe = tokens.signer(Purpose.UNSUBSCRIBE, stationery.made_at)
        self._preferences = tokens.signer(Purpose.PREFERENCES, stationery.made_at)
        is_tracked = any(hole.name == TOKEN for hole in stationery.letter.holes)
        self._tracking = tokens.signer(Purpose.TRACKING, stationery.made_at) if is_tracked else None

    def reference(self, filled: Mapping[str, str], row: int) -> str:
        """Return the delivery's reference (`Tokens.reference`) out of the values of its holes."""
        return f"{self._stationery.issue_id}.{row}.{filled['message_id'].partition('@')[0]}"

    def of(self, reader: Reader) -> dict[str, str]:
        """Return what each hole is filled with."""
        row, stationery = reader.subscription_id, self._stationery
        filled = {
            "to_name": reader.name,
            "to_address": wire_address(reader.email),
            "message_id": f"{self._message_id(stationery.issue_id, row)}@{stationery.domain}",
            "greeting": greet(reader.name, stationery.greeting, stationery.greeting_nameless),
            "address": reader.email,
            "unsubscribe_token": self._unsubscribe(row),
            "preferences_token": self._preferences(row),
        }
        if self._tracking is not None:
            filled[TOKEN] = self._tracking(row)
        return filled


def reader_values(reader: Reader, stationery: Stationery, tokens: Tokens) -> dict[str, str]:
    """Return the values of a letter's holes for one reader."""
    return ReaderValues(stationery, tokens).of(reader)


def greet(name: str, greeting: str, greeting_nameless: str) -> str:
    """Return the line that opens a mail."""
    return greeting.format(name=name) if name else greeting_nameless


def wire_address(email: str) -> str:
    """Return an address as SMTP takes it: an internationalised domain in ASCII wherever the left half is ASCII.

    Other addresses are left alone; they need a mail server with SMTPUTF8.
    """
    if email.isascii():
        return email
    local, _, domain = email.rpartition("@")
    if not local.isascii():
        return email
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return email
