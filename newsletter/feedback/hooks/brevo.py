"""Brevo's webhooks: developers.brevo.com, "Transactional webhooks", "Secure webhooks". One event or a list.

They are not signed: a webhook is given a bearer token when it is made, and that is what we ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from newsletter.feedback.hooks.hook import Forged, Posted
from newsletter.feedback.hooks.words import moment, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import NotUnderstood, Report, ReportKind
from newsletter.settings import WebhookSettings

_KINDS = {
    "delivered": ReportKind.DELIVERED,
    "deferred": ReportKind.DELAYED,
    "hard_bounce": ReportKind.BOUNCED,
    "soft_bounce": ReportKind.BOUNCED,
    "invalid_email": ReportKind.BOUNCED,
    "error": ReportKind.BOUNCED,
    "blocked": ReportKind.REFUSED,
    "spam": ReportKind.COMPLAINED,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
}
_STATUSES = {"hard_bounce": "5.0.0", "invalid_email": "5.1.3", "soft_bounce": "4.0.0", "error": "4.3.0"}


@dataclass(frozen=True, slots=True)
class BrevoHook:
    """The Hook; `settings.secret` is the token that the webhook was made with."""

    settings: WebhookSettings
    name: str = "brevo"

    def verify(self, posted: Posted, now: datetime) -> str:  # noqa: ARG002 - nothing is dated
        """Compare the token. Raises Forged."""
        right = f"Bearer {self.settings.secret}"
        if not compare_digest(posted.headers.get("authorization", "").encode(), right.encode()):
            raise Forged("the token is not ours")
        return ""

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return its events."""
        found = parsed(body)
        events = found if isinstance(found, list) else [found]
        if not all(isinstance(event, dict) and text(event, "event") for event in events):
            raise NotUnderstood("an event has no name")
        return [_report(event) for event in events]


def _report(event: Mapping[str, Any]) -> Report:
    name, said = text(event, "event"), text(event, "reason")
    kind = _KINDS.get(name, ReportKind.OTHER)
    failed = kind in {ReportKind.BOUNCED, ReportKind.DELAYED, ReportKind.REFUSED}
    at, remote_id = text(event, "ts_event"), text(event, "message-id").strip("<>")
    return Report(
        kind,
        key=f"{name}/{remote_id}/{at}/{text(event, 'email')}",
        at=moment(at),
        reference=text(event, "X-Mailin-custom"),
        recipient=text(event, "email"),
        status=diagnose(said, _STATUSES.get(name, "")) if failed else "",
        words=said,
        remote_id=remote_id,
    )
