"""SendGrid's event webhook: twilio.com/docs/sendgrid, "Event Webhook Reference" and "Security Features".

A request holds many events, and is signed with ECDSA (P-256, SHA-256) over timestamp and body.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from newsletter.feedback.hooks.hook import Forged, Posted, fresh
from newsletter.feedback.hooks.words import moment, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import NotUnderstood, Report, ReportKind
from newsletter.settings import WebhookSettings

_HEADER = "x-twilio-email-event-webhook-"
_KINDS = {
    "delivered": ReportKind.DELIVERED,
    "deferred": ReportKind.DELAYED,
    "bounce": ReportKind.BOUNCED,
    "dropped": ReportKind.REFUSED,
    "spamreport": ReportKind.COMPLAINED,
    "unsubscribe": ReportKind.UNSUBSCRIBED,
    "group_unsubscribe": ReportKind.UNSUBSCRIBED,
}


@dataclass(frozen=True, slots=True)
class SendGridHook:
    """The Hook; `settings.secret` is the verification key that SendGrid shows (DER in base64)."""

    settings: WebhookSettings
    name: str = "sendgrid"

    def verify(self, posted: Posted, now: datetime) -> str:
        """Check signature and moment. Raises Forged."""
        timestamp = posted.headers.get(f"{_HEADER}timestamp", "")
        try:
            signature = b64decode(posted.headers.get(f"{_HEADER}signature", ""), validate=True)
            key = load_der_public_key(b64decode(self.settings.secret))
            if not isinstance(key, EllipticCurvePublicKey):
                raise Forged("the verification key is none of SendGrid's")
            key.verify(signature, timestamp.encode() + posted.body, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            raise Forged("the signature is not SendGrid's") from None
        fresh(timestamp, now)
        return ""

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return its events."""
        events = parsed(body)
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise NotUnderstood("the body is no list of events")
        if not all(text(event, "sg_event_id") for event in events):
            raise NotUnderstood("an event has no sg_event_id")
        return [_report(event) for event in events]


def _report(event: Mapping[str, Any]) -> Report:
    kind = _KINDS.get(text(event, "event"), ReportKind.OTHER)
    said = text(event, "reason") or text(event, "response")
    failed = kind in {ReportKind.BOUNCED, ReportKind.DELAYED, ReportKind.REFUSED}
    blocked = "5.7.1" if text(event, "type") == "blocked" and not text(event, "status") else ""
    return Report(
        kind,
        key=text(event, "sg_event_id"),
        at=moment(text(event, "timestamp")),
        reference=text(event, "reference"),
        recipient=text(event, "email"),
        status=diagnose(said, text(event, "status") or blocked) if failed else "",
        words=said,
        remote_id=text(event, "sg_message_id"),
    )
