"""Working the outbox off: each endpoint by one thread at a time, so that one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from newsletter.clock import Chance, Clock
from newsletter.webhooks import endpoints, outbox, payload, retry
from newsletter.webhooks.outbox import Batch, Letter
from newsletter.webhooks.sending import Courier, Reply
from newsletter.webhooks.settling import settle
from newsletter.webhooks.signing import Secrets, headers
from newsletter.webhooks.tables import WebhookEndpoint
from subscribers import feed
from subscribers.database import Database

THREADS = 8
LOOK_EVERY = 1.0  # seconds, while some endpoint is at work
_TEST_ID = 12  # octets

log = structlog.get_logger("newsletter.webhooks")


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What tells other systems."""

    database: Database
    secrets: Secrets
    courier: Courier
    clock: Clock
    chance: Chance

    def work_off(self, stop: Callable[[], bool]) -> int:
        """Write what is owed, send what is due, and return how many messages were delivered.

        While some endpoint takes its time, the others are looked after as before.
        """
        delivered, busy = 0, dict[Future[int], int]()
        with ThreadPoolExecutor(THREADS) as pool:
            while True:
                for number in () if stop() else self._due(stop):
                    if number not in busy.values():
                        busy[pool.submit(self._work_off, number, stop)] = number
                if not busy:
                    return delivered
                done, _ = wait(busy, LOOK_EVERY, FIRST_COMPLETED)
                for future in done:
                    del busy[future]
                    delivered += future.result()

    def test(self, endpoint_id: int) -> Reply:
        """Send one message of the type `webhook.test`, entered in no books. Raises LookupError."""
        now = self.clock.now()
        with self.database.reading() as session:
            endpoint = session.get(WebhookEndpoint, endpoint_id)
            if endpoint is None:
                raise LookupError(f"There is no webhook {endpoint_id}.")
            url, keys = endpoint.url, self.secrets.keys(endpoint, now)
        body = payload.body(payload.TEST, now, {"webhook_id": endpoint_id})
        message_id = f"msg_test_{self.chance.token(_TEST_ID)}"
        return self.courier.post(url, headers(keys, message_id, now, body), body)

    def forget(self, before: datetime, stop: Callable[[], bool]) -> int:
        """Drop messages that were settled before a moment (aware UTC); return how many."""
        dropped = chunk = 0
        while not stop():
            with self.database.writing() as session:
                chunk = outbox.forget(session, before)
            dropped += chunk
            if not chunk:
                break
        return dropped

    def _due(self, stop: Callable[[], bool]) -> list[int]:
        """Write what is owed, and return the endpoints that are to be sent something now."""
        self._fan_out(stop)
        with self.database.reading() as session:
            return outbox.due_endpoints(session, self.clock.now())

    def _fan_out(self, stop: Callable[[], bool]) -> None:
        with self.database.reading() as session:
            lowest = outbox.lowest_seen(session)
            numbers = [endpoint.id for endpoint in endpoints.every(session)]
        if lowest is None:
            return
        settled = feed.settled(self.database, lowest)
        for number in numbers if settled > lowest else ():
            more = True
            while more and not stop():
                with self.database.writing() as session:
                    more = outbox.fan_out(session, number, settled, self.clock.now())

    def _work_off(self, endpoint_id: int, stop: Callable[[], bool]) -> int:
        """Send one endpoint a batch, up to the first message that it does not take; return how many it took."""
        with self.database.writing() as session:
            batch = outbox.claim(session, endpoint_id, self.secrets, self.clock.now())
        if batch is None:
            return 0
        taken, began = 0, self.clock.monotonic()
        patience = self.courier.settings.timeout.total_seconds()
        for letter in batch.letters:
            if stop() or self.clock.monotonic() - began > patience or not self._deliver(batch, letter):
                break
            taken += 1
        if taken < len(batch.letters):
            with self.database.writing() as session:
                outbox.let_go(session, batch)
        return taken

    def _deliver(self, batch: Batch, letter: Letter) -> bool:
        proof = headers(batch.keys, letter.message_id, self.clock.now(), letter.body)
        reply = self.courier.post(batch.url, proof, letter.body)
        jitter = self.chance.uniform(-retry.JITTER, retry.JITTER)
        with self.database.writing() as session:
            disabled = settle(session, batch, letter.event_id, reply, self.clock.now(), jitter=jitter)
        if disabled:
            # An address may hold a secret of its own, so only the host is named.
            log.error(
                "a webhook is disabled", id=batch.endpoint_id, host=urlsplit(batch.url).hostname, why=disabled
            )
        return reply.is_taken
