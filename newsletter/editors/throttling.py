"""How often a password, a code or a link may be tried: by account and by network, in counts that are rows.

They hold over all processes and survive a restart. A try that succeeds is given back. Whoever signed in from a
network before is counted apart there, so that a stranger who guesses elsewhere does not lock the owner out; and
windows end, so that nobody is locked out for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from subscribers import limits
from subscribers.tokens import Tokens

PER = timedelta(minutes=15)
OF_AN_ACCOUNT = 10
OF_A_NETWORK = 60


@dataclass(frozen=True, slots=True)
class Try:
    """One try: at what (`password`, `code`, `link`), for which account, from which network, known there or not."""

    what: str
    account: str
    network: str
    is_known: bool

    def keys(self, tokens: Tokens) -> dict[str, int]:
        """Return what is counted, each with how often it may be."""
        here = f"\0{self.network}" if self.is_known else ""
        return {
            tokens.limit_key(f"desk {self.what} account", self.account + here): OF_AN_ACCOUNT,
            tokens.limit_key(f"desk {self.what} network", self.network): OF_A_NETWORK,
        }


def may(session: Session, tokens: Tokens, one: Try, now: datetime) -> bool:
    """Count a try, before anything is looked at; tell whether it may go on."""
    most = one.keys(tokens)
    numbers = limits.count(session, _ends(most, now))
    return all(numbers[key] <= number for key, number in most.items())


def give_back(session: Session, tokens: Tokens, one: Try, now: datetime) -> None:
    """Let a try that succeeded not count."""
    limits.give_back(session, _ends(one.keys(tokens), now))


def _ends(keys: Mapping[str, int], now: datetime) -> dict[str, datetime]:
    return dict.fromkeys(keys, limits.window_end(PER, now))
