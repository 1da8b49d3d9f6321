"""Several transports as one: letters are split by domain and by weight, and go by another where one is down.

Each reader has the same way every time, chosen by domain first, then by weight. Where a way is down, what it had
taken and not begun goes by the others; what is in doubt stays so, and is never given to another. The way is tried
again after a while.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.clock import Clock
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Transport, TransportDown
from newsletter.domain.letter import Letter

_LEFT_ALONE = 60.0  # seconds after a way was down
_GLANCE = 0.02  # seconds that one of several ways is waited for
_SHARES = 10_000


@dataclass(slots=True)
class Way:
    """One of the transports. `domains` go by it alone while it is up; `weight` is its share of the rest."""

    name: str
    transport: Transport
    weight: int = 1
    domains: frozenset[str] = frozenset()
    waiting: deque[tuple[Letter, Envelope]] = field(default_factory=deque)
    flying: dict[int, tuple[Letter, Envelope]] = field(default_factory=dict)
    closed_until: float = 0.0

    def feed(self) -> None:
        """Hand over as much of what waits as there is room for, letter by letter."""
        while self.waiting and (room := self.transport.room):
            letter = self.waiting[0][0]
            taken: list[Envelope] = []
            while self.waiting and self.waiting[0][0] is letter and len(taken) < room:
                taken.append(self.waiting.popleft()[1])
            self.flying.update((each.key, (letter, each)) for each in taken)
            self.transport.send(Batch(letter, tuple(taken)))

    def left(self) -> list[tuple[Letter, Envelope]]:
        """Give up what waits and what was taken and not begun."""
        found = [*self.flying.values(), *self.waiting]
        self.flying.clear()
        self.waiting.clear()
        return found


@dataclass(slots=True)
class Several:
    """The Transport made of them."""

    ways: Sequence[Way]
    clock: Clock
    _refused: IssueRefused | None = None

    @property
    def capacity(self) -> int:
        """How many envelopes all ways together hold at once."""
        return sum(way.transport.capacity for way in self.ways)

    @property
    def room(self) -> int:
        """How many more envelopes it would take now."""
        return self.capacity - self._held

    def send(self, batch: Batch) -> None:
        """Take a batch of at most `room` envelopes, each for its own way. Raises KeyError as a way would."""
        names = {hole.name for hole in batch.letter.holes}
        for envelope in batch.envelopes:
            if missing := names - envelope.values.keys():
                raise KeyError(min(missing))
        for envelope in batch.envelopes:
            self._way_of(envelope).waiting.append((batch.letter, envelope))

    def receive(self, patience: float) -> Sequence[Outcome]:
        """Return outcomes of any way: see `Transport.receive`. Raises TransportDown when no way is left."""
        until = self.clock.monotonic() + patience
        while self._held:
            for way in self.ways:
                if outcomes := self._look(way, until):
                    return outcomes
            if self._refused is not None and not any(way.flying for way in self.ways):
                break
            if self.clock.monotonic() >= until:
                return ()
        if self._refused is not None:
            refused = self._refused
            self._forget()
            raise refused
        return ()

    def close(self) -> None:
        """Let go of every way's connections."""
        self._forget()
        for way in self.ways:
            way.transport.close()

    @property
    def _held(self) -> int:
        return sum(len(way.waiting) + len(way.flying) for way in self.ways)

    def _look(self, way: Way, until: float) -> Sequence[Outcome]:
        """Let one way work for a moment; for as long as may be where it is the only one that has something."""
        try:
            if self._refused is None:
                way.feed()
            if not way.flying:
                return ()
            is_alone = sum(bool(each.flying) for each in self.ways) == 1
            left = max(until - self.clock.monotonic(), 0.0)
            outcomes = way.transport.receive(left if is_alone else min(_GLANCE, left))
        except TransportDown as trouble:
            self._close(way, trouble)
            return ()
        except IssueRefused as trouble:
            way.left()
            self._refused = trouble
            return ()
        for outcome in outcomes:
            way.flying.pop(outcome.key, None)
        return outcomes

    def _close(self, way: Way, trouble: TransportDown) -> None:
        """Leave a way alone for a while, and let what it had not begun go by the others."""
        way.closed_until = self.clock.monotonic() + _LEFT_ALONE
        left = way.left()
        if not self._open():
            if any(each.flying for each in self.ways):
                way.waiting.extend(left)  # until the others have told what became of theirs
                return
            self._forget()
            for each in self.ways:
                each.closed_until = 0.0  # whoever comes back after the pause finds every way open to be tried
            raise TransportDown(
                f"no way out is left; the last was {way.name}: {trouble}", trouble.reply
            ) from trouble
        for letter, envelope in left:
            self._way_of(envelope).waiting.append((letter, envelope))

    def _open(self) -> list[Way]:
        now = self.clock.monotonic()
        return [way for way in self.ways if way.closed_until <= now]

    def _way_of(self, envelope: Envelope) -> Way:
        """Return a reader's way among those that are open, or among all where none is."""
        among = self._open() or list(self.ways)
        domain = envelope.recipient.rpartition("@")[2].lower()
        own = [way for way in among if domain in way.domains]
        shared = own or [way for way in among if not way.domains] or among
        return _weighed(shared, envelope)

    def _forget(self) -> None:
        for way in self.ways:
            way.left()
        self._refused = None


def _weighed(ways: Sequence[Way], envelope: Envelope) -> Way:
    """Return the way for a reader's share: the same one for the same reader as long as the ways are the same."""
    total = sum(way.weight for way in ways)
    place = zlib.crc32(envelope.recipient.lower().encode()) % _SHARES * total / _SHARES
    for way in ways:
        place -= way.weight
        if place < 0:
            return way
    return ways[-1]
