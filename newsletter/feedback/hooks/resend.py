"""Resend's webhooks: resend.com/docs, "Verify webhooks requests", "Event types". A request holds one event.

They are signed as Svix does: HMAC-SHA256 over id, timestamp and body, with several signatures while a key changes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest, digest
from typing import Any

from newsletter.feedback.hooks.hook import Forged, Posted, fresh
from newsletter.feedback.hooks.words import known, mapping, moment, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import NotUnderstood, Report, ReportKind
from newsletter.settings import WebhookSettings

_PREFIX = "whsec_"
_KINDS = {
    "email.delivered": ReportKind.DELIVERED,
    "email.delivery_delayed": ReportKind.DELAYED,
    "email.bounced": ReportKind.BOUNCED,
    "email.failed": ReportKind.BOUNCED,
    "email.suppressed": ReportKind.REFUSED,
    "email.complained": ReportKind.COMPLAINED,
}
_STATUSES = {"Permanent": "5.0.0", "Transient": "4.0.0", "Undetermined": "4.0.0"}


@dataclass(frozen=True, slots=True)
class ResendHook:
    """The Hook; `settings.secret` is the signing secret, `whsec_…`."""

    settings: WebhookSettings
    name: str = "resend"

    def verify(self, posted: Posted, now: datetime) -> str:
        """Return the request's id. Raises Forged."""
        number, timestamp = posted.headers.get("svix-id", ""), posted.headers.get("svix-timestamp", "")
        try:
            key = b64decode(self.settings.secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            raise Forged("the signing secret is none of Resend's") from None
        right = digest(key, f"{number}.{timestamp}.".encode() + posted.body, "sha256")
        signature = f"v1,{b64encode(right).decode()}".encode()
        given = posted.headers.get("svix-signature", "").split(" ")
        if not number or not any(compare_digest(each.encode(), signature) for each in given):
            raise Forged("the signature is not Resend's")
        fresh(timestamp, now)
        return number

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return the one event."""
        event = parsed(body)
        data = known(event, "data")
        number = text(data, "email_id")
        if not number:
            raise NotUnderstood("the event names no email_id")
        kind = _KINDS.get(text(event, "type"), ReportKind.OTHER)
        bounce = mapping(data, "bounce")
        said = text(bounce, "message")
        failed = kind in {ReportKind.BOUNCED, ReportKind.REFUSED}
        return [
            Report(
                kind,
                key=f"{text(event, 'type')}/{number}",
                at=moment(text(event, "created_at")),
                reference=_reference(data),
                recipient=_first(data.get("to")),
                status=diagnose(said, _STATUSES.get(text(bounce, "type"), "")) if failed else "",
                words=said,
                remote_id=number,
            )
        ]


def _reference(data: Mapping[str, Any]) -> str:
    """Return the reference, whose dots a tag may not have; tags come as a list or as an object."""
    tags = data.get("tags")
    if isinstance(tags, list):
        tags = {text(tag, "name"): text(tag, "value") for tag in tags if isinstance(tag, dict)}
    return text(tags, "reference").replace("_", ".") if isinstance(tags, dict) else ""


def _first(found: object) -> str:
    return found[0] if isinstance(found, list) and found and isinstance(found[0], str) else ""
