"""What a mailbox is to us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Take = Callable[[bytes], object]  # commits what a mail does, or raises


class MailboxDown(Exception):
    """The mailbox can't be read; the sentence says why. What was not taken is still in it."""


class Mailbox(Protocol):
    """A mailbox that is emptied."""

    def empty(self, take: Take, stop: Callable[[], bool]) -> int:
        """Hand each mail to `take` and delete it after; return how many.

        A mail whose `take` raised stays. Raises MailboxDown, and what `take` raises.
        """
        ...
