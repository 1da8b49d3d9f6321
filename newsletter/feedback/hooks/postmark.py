"""Postmark's webhooks: postmarkapp.com/developer, "Webhooks". A request holds one event.

They are not signed: give Postmark the address with a user and a password in it, and those are what we ask for.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from newsletter.feedback.hooks.hook import Forged, Posted
from newsletter.feedback.hooks.words import mapping, moment, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import NotUnderstood, Report, ReportKind
from newsletter.settings import WebhookSettings

_KINDS = {"Delivery": ReportKind.DELIVERED, "SpamComplaint": ReportKind.COMPLAINED}
# "Bounce types": what each means where its words say nothing more exact.
_BOUNCES = {
    "HardBounce": "5.1.1",
    "BadEmailAddress": "5.1.3",
    "SoftBounce": "4.0.0",
    "Transient": "4.0.0",
    "DnsError": "4.4.3",
    "MailboxFull": "5.2.2",
    "SpamNotification": "5.7.1",
    "Blocked": "5.7.1",
    "ISPBlocked": "5.7.1",
    "DMARCPolicy": "5.7.26",
    "VirusNotification": "5.7.1",
    "SMTPApiError": "4.3.0",
}
_NO_BOUNCE = frozenset({"AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest", "ChallengeVerification"})


@dataclass(frozen=True, slots=True)
class PostmarkHook:
    """The Hook; `settings.secret` is `user:password`."""

    settings: WebhookSettings
    name: str = "postmark"

    def verify(self, posted: Posted, now: datetime) -> str:  # noqa: ARG002 - nothing is dated
        """Compare user and password. Raises Forged."""
        right = f"Basic {b64encode(self.settings.secret.encode()).decode()}"
        if not compare_digest(posted.headers.get("authorization", "").encode(), right.encode()):
            raise Forged("user and password are not ours")
        return ""

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return the one event."""
        event = parsed(body)
        if not isinstance(event, dict) or not text(event, "RecordType"):
            raise NotUnderstood("the body has no RecordType")
        kind = _kind(event)
        said = text(event, "Details") or text(event, "Description")
        status = diagnose(said, _BOUNCES.get(text(event, "Type"), "")) if kind is ReportKind.BOUNCED else ""
        return [
            Report(
                kind,
                key=f"{text(event, 'RecordType')}/{text(event, 'ID') or text(event, 'MessageID')}",
                at=moment(next((text(event, f"{what}At") for what in _MOMENTS if text(event, f"{what}At")), "")),
                reference=text(mapping(event, "Metadata"), "reference"),
                recipient=text(event, "Email") or text(event, "Recipient"),
                status=status or _BOUNCES.get(text(event, "Type"), ""),
                words=said,
                remote_id=text(event, "MessageID"),
            )
        ]


_MOMENTS = ("Bounced", "Delivered", "Changed", "Received")


def _kind(event: Mapping[str, Any]) -> ReportKind:
    record = text(event, "RecordType")
    if record == "SubscriptionChange":
        left = event.get("SuppressSending") is True and text(event, "SuppressionReason") == "ManualSuppression"
        return ReportKind.UNSUBSCRIBED if left and text(event, "Origin") == "Recipient" else ReportKind.OTHER
    if record == "Bounce":
        return ReportKind.OTHER if text(event, "Type") in _NO_BOUNCE else ReportKind.BOUNCED
    return _KINDS.get(record, ReportKind.OTHER)
