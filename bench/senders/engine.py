"""The product itself, by the door that the daemon uses: lock the issue, then send it, ledger and all."""

from __future__ import annotations

import time
from contextlib import nullcontext

from bench.clocks import kernel, processor
from bench.newsroom import settings
from bench.sampling import sampling
from newsletter.app import App, compose
from newsletter.delivery import ledger
from newsletter.delivery.states import DeliveryState


def send(
    *,
    url: str,
    issue: int,
    port: int,
    connections: int,
    window: int,
    processes: int,
    only_lock: bool = False,
    profile: str = "",
) -> dict[str, object]:
    """Lock and send an issue. `ordered_at` is when the order was given, by `time.monotonic`; times are seconds.

    `profile` is a file for what `bench.sampling` finds while it is sent.
    """
    app = compose(settings(url, port, connections=connections, window=window, processes=processes))
    ordered_at = app.clock.monotonic()
    with app.database.writing() as session:
        locked = app.lock(session, issue, actor="daemon")
    found: dict[str, object] = {"ordered_at": ordered_at, "lock_seconds": app.clock.monotonic() - ordered_at}
    if only_lock:
        return {**found, "sent": locked.enqueued}
    with sampling(profile) if profile else nullcontext():
        used = _send(app, issue, locked.enqueued)
    return {**found, **used, "sent": locked.enqueued}


def _send(app: App, issue: int, owed: int) -> dict[str, float]:
    """Send until nothing is owed, and see that the books say so. Raises RuntimeError."""
    before, cpu, system = time.perf_counter(), processor(), kernel()
    report = app.send(issue, stop=lambda: False)
    used = {"seconds": time.perf_counter() - before, "cpu": processor() - cpu, "system": kernel() - system}
    with app.database.reading() as session:
        books = ledger.balance(session, issue)
    if books[DeliveryState.ACCEPTED] != owed:
        raise RuntimeError(f"{owed} were owed, the books say {books}: {report.stopped_because} {report.detail}")
    return used
