"""Signatures of what is sent, in the form of Standard Webhooks (standardwebhooks.com), symmetric scheme `v1`.

What is signed is `webhook-id.webhook-timestamp.body`, by HMAC-SHA256. An endpoint's secret is derived from the
product's own, so that none is kept: nothing in the database lets anybody sign.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.webhooks.tables import WebhookEndpoint

BOTH_FOR = timedelta(days=1)  # that the former secret signs as well
_MARK = "whsec_"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Makes the secrets of endpoints from the product's own."""

    product: str = field(repr=False)

    def of(self, endpoint: WebhookEndpoint) -> str:
        """Return the endpoint's secret as it is shown: `whsec_` and 32 octets in base64."""
        return _MARK + b64encode(self._key(endpoint.salt, endpoint.generation)).decode()

    def keys(self, endpoint: WebhookEndpoint, now: datetime) -> tuple[bytes, ...]:
        """Return what signs for an endpoint at a moment (aware UTC): for a day after a change, the former too."""
        return tuple(self._key(endpoint.salt, number) for number in _generations(endpoint, now))

    def _key(self, salt: str, generation: int) -> bytes:
        return hmac.digest(self.product.encode(), f"webhook\0{salt}\0{generation}".encode(), "sha256")


def headers(keys: Sequence[bytes], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove to the endpoint who sends this, and when (`now`, aware UTC)."""
    moment = str(int(now.timestamp()))
    signed = f"{message_id}.{moment}.".encode() + body
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def is_changing(endpoint: WebhookEndpoint, now: datetime) -> bool:
    """Tell whether the endpoint got a new secret so lately that the other system may not have it yet."""
    return endpoint.rotated_at is not None and now - endpoint.rotated_at < BOTH_FOR


def _generations(endpoint: WebhookEndpoint, now: datetime) -> Iterator[int]:
    """Yield who signs now, the newest first."""
    yield endpoint.generation
    if is_changing(endpoint, now):
        yield from range(endpoint.generation - 1, endpoint.signs_from - 1, -1)
