"""Postmark's webhooks, by its documentation: "Webhooks", "Bounce types"."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest

from newsletter.feedback.hooks.hook import Hook, Posted
from newsletter.feedback.hooks.postmark import PostmarkHook
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

SECRET = "paper:s3cret"


def event(record: str, **more: Any) -> dict[str, Any]:
    usual = {"RecordType": record, "MessageID": "883953f4", "Metadata": {"reference": REFERENCE}}
    return usual | {"Email": "reader1@reader.example"} | more


def bounce(kind: str, details: str = "") -> dict[str, Any]:
    return event("Bounce", ID=42, Type=kind, Details=details, BouncedAt="2026-03-10T17:30:00Z")


def posted(found: dict[str, Any], secret: str = SECRET) -> Posted:
    entry = "Basic " + b64encode(secret.encode()).decode()
    return Posted({"authorization": entry}, json.dumps(found).encode())


class TestConformance(HookConformance):
    is_dated = False

    @pytest.fixture
    def hook(self) -> Hook:
        return PostmarkHook(WebhookSettings("postmark", SECRET))

    def genuine(self, at: datetime = NOW) -> Posted:
        return posted(bounce("HardBounce"))

    def forgeries(self) -> list[Posted]:
        found = bounce("HardBounce")
        return [posted(found, "paper:guess"), posted(found, ""), Posted({}, json.dumps(found).encode())]


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (bounce("HardBounce", "smtp;550 5.1.1 user unknown"), ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (bounce("SoftBounce", "smtp;452 4.2.2 mailbox is full"), ReportKind.BOUNCED, Consequence.COUNTED),
        (bounce("Transient"), ReportKind.BOUNCED, Consequence.COUNTED),
        (bounce("SpamNotification"), ReportKind.BOUNCED, Consequence.ALARM),
        (bounce("DMARCPolicy"), ReportKind.BOUNCED, Consequence.ALARM),
        (bounce("AutoResponder"), ReportKind.OTHER, Consequence.NOTHING),
        (event("SpamComplaint", ID=43), ReportKind.COMPLAINED, Consequence.COMPLAINED),
        (event("Delivery", DeliveredAt="2026-03-10T17:30:00Z"), ReportKind.DELIVERED, Consequence.NOTHING),
        (
            event(
                "SubscriptionChange",
                SuppressSending=True,
                SuppressionReason="ManualSuppression",
                Origin="Recipient",
            ),
            ReportKind.UNSUBSCRIBED,
            Consequence.LEFT,
        ),
        (event("SubscriptionChange", SuppressSending=False), ReportKind.OTHER, Consequence.NOTHING),
        (event("Open"), ReportKind.OTHER, Consequence.NOTHING),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = PostmarkHook(WebhookSettings("postmark", SECRET)).reports(json.dumps(found).encode())
    assert (report.kind, consequence(report)) == (kind, follows)
    assert (report.reference, report.recipient) == (REFERENCE, "reader1@reader.example")
