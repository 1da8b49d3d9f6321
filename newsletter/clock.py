"""The one reader of time and of chance.

Everything else is handed a `Clock` or a `Chance`, so that a test can hold the evening still.
"""

from __future__ import annotations

import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the product asks of time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        ...


class Chance(Protocol):
    """What the product asks of randomness."""

    def token(self, size: int) -> str:
        """Return `size` unguessable bytes as URL-safe text without padding."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`, for jitter only."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the system's monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)


class SystemChance:
    """The machine's randomness."""

    def token(self, size: int) -> str:
        """Return `size` unguessable bytes as URL-safe text without padding."""
        return secrets.token_urlsafe(size)

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`, for jitter only."""
        return random.uniform(low, high)  # noqa: S311 - jitter guards no secret


@dataclass
class SetClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    moment: datetime
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self.moment

    def monotonic(self) -> float:
        """Return the set moment as seconds."""
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the clock forward instead of waiting."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@dataclass
class SetChance:
    """Chance that deals the same cards each time."""

    dealt: int = 0

    def token(self, size: int) -> str:
        """Return counted, distinct text of the usual length."""
        self.dealt += 1
        return f"{self.dealt:0{size}d}"

    def uniform(self, low: float, high: float) -> float:
        """Return the middle."""
        return (low + high) / 2
