"""Mailgun's webhooks: documentation.mailgun.com, "Webhooks" and "Securing webhooks", "Event structure".

A request holds one event and a signature: HMAC-SHA256 over timestamp and token with the account's signing key. The
token is good once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest, digest
from typing import Any

from newsletter.feedback.hooks.hook import Forged, Posted, fresh
from newsletter.feedback.hooks.words import known, mapping, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import Report, ReportKind
from newsletter.settings import WebhookSettings

_KINDS = {
    "delivered": ReportKind.DELIVERED,
    "complained": ReportKind.COMPLAINED,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
}


@dataclass(frozen=True, slots=True)
class MailgunHook:
    """The Hook; `settings.secret` is the HTTP webhook signing key."""

    settings: WebhookSettings
    name: str = "mailgun"

    def verify(self, posted: Posted, now: datetime) -> str:
        """Return the token. Raises Forged."""
        signature = mapping(parsed(posted.body, Forged), "signature")
        timestamp, token = text(signature, "timestamp"), text(signature, "token")
        right = digest(self.settings.secret.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
        if not compare_digest(right, text(signature, "signature")):
            raise Forged("the signature is not Mailgun's")
        fresh(timestamp, now)
        return token

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return the one event."""
        event = known(parsed(body), "event-data")
        status = mapping(event, "delivery-status")
        said = text(status, "message") or text(status, "description")
        kind = _KINDS.get(text(event, "event")) or _failed(event)
        return [
            Report(
                kind,
                key=text(event, "id"),
                at=datetime.fromtimestamp(float(event.get("timestamp") or 0), UTC),
                reference=text(mapping(event, "user-variables"), "reference"),
                recipient=text(event, "recipient"),
                status=diagnose(said, _code(status)) if kind in {ReportKind.BOUNCED, ReportKind.DELAYED} else "",
                words=said,
                remote_id=text(mapping(mapping(event, "message"), "headers"), "message-id"),
            )
        ]


def _failed(event: Mapping[str, Any]) -> ReportKind:
    """Return what `failed` and `rejected` mean: the severity says whether Mailgun still tries."""
    if text(event, "event") not in {"failed", "rejected"}:
        return ReportKind.OTHER
    if text(event, "severity") == "temporary":
        return ReportKind.DELAYED
    return ReportKind.REFUSED if text(event, "reason").startswith("suppress-") else ReportKind.BOUNCED


def _code(status: Mapping[str, Any]) -> str:
    enhanced = text(status, "enhanced-code")
    code = str(status.get("code") or "")
    return enhanced or (f"{code[0]}.0.0" if code[:1] in {"4", "5"} else "")
