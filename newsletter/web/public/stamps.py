"""Stamps: a form carries the signed moment at which it was shown, under a number of its own.

A stamp says that we showed a form, and how long ago. A robot that posts without looking has none, and one that
looks has to wait. Nothing is kept of a stamp until it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.app import App
from subscribers.tokens import BadToken, Purpose

LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that we made. `made_at` is aware UTC, to the second."""

    text: str
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it is no longer good."""
        return self.made_at + LIFETIME


def fresh(app: App) -> str:
    """Return a new stamp, for a form that is shown now."""
    number = int.from_bytes(app.chance.token(8).encode()[:8])
    return app.tokens.sign(Purpose.FORM, number, app.clock.now())


def read(app: App, text: str) -> Stamp | None:
    """Return the stamp when it is ours and not too old."""
    try:
        stamp = Stamp(text, app.tokens.read(Purpose.FORM, text).made_at)
    except BadToken:
        return None
    return stamp if app.clock.now() < stamp.expires_at else None
