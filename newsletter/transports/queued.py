"""A Transport made of one that works off batch after batch, such as a folder or a mail API."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from newsletter.domain.delivery import Batch, BatchTransport, Outcome


class Queued:
    """Holds up to `capacity` envelopes and hands their batches to `inner`, one after the other."""

    def __init__(self, inner: BatchTransport, capacity: int) -> None:
        self._inner = inner
        self._capacity = capacity
        self._batches: deque[Batch] = deque()
        self._under_way: Iterator[Outcome] = iter(())
        self._held = 0

    @property
    def capacity(self) -> int:
        """How many envelopes it can hold at once."""
        return self._capacity

    @property
    def room(self) -> int:
        """How many more envelopes it would take now."""
        return self._capacity - self._held

    def send(self, batch: Batch) -> None:
        """Put a batch behind those that wait."""
        self._batches.append(batch)
        self._held += len(batch.envelopes)

    def receive(self, patience: float) -> Sequence[Outcome]:  # noqa: ARG002 - `inner` has its own time-outs
        """Return the next outcome. Raises what `inner` raises, and forgets what waited then."""
        try:
            while True:
                for outcome in self._under_way:
                    self._held -= 1
                    return (outcome,)
                if not self._batches:
                    return ()
                self._under_way = iter(self._inner.deliver(self._batches.popleft()))
        except BaseException:
            self._forget()
            raise

    def close(self) -> None:
        """Let go of everything."""
        self._forget()
        self._inner.close()

    def _forget(self) -> None:
        self._batches.clear()
        self._under_way = iter(())
        self._held = 0
