"""Brevo's webhooks, by its documentation: "Transactional webhooks", "Secure webhooks"."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from newsletter.feedback.hooks.brevo import BrevoHook
from newsletter.feedback.hooks.hook import Hook, Posted
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

TOKEN = "a-token-of-ours"


def event(name: str, **more: Any) -> dict[str, Any]:
    usual = {"event": name, "email": "reader1@reader.example", "ts_event": int(NOW.timestamp())}
    return usual | {"message-id": "<0.1@smtp-relay.example>", "X-Mailin-custom": REFERENCE} | more


def posted(found: object, token: str = TOKEN) -> Posted:
    return Posted({"authorization": f"Bearer {token}"}, json.dumps(found).encode())


class TestConformance(HookConformance):
    is_dated = False

    @pytest.fixture
    def hook(self) -> Hook:
        return BrevoHook(WebhookSettings("brevo", TOKEN))

    def genuine(self, at: datetime = NOW) -> Posted:
        return posted([event("delivered"), event("hard_bounce", reason="550 5.1.1 user unknown")])

    def forgeries(self) -> list[Posted]:
        return [posted(event("spam"), "a-guess"), posted(event("spam"), ""), Posted({}, b'{"event": "spam"}')]


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (event("hard_bounce", reason="550 5.1.1 user unknown"), ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (event("invalid_email"), ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (event("soft_bounce", reason="452 4.2.2 mailbox full"), ReportKind.BOUNCED, Consequence.COUNTED),
        (event("hard_bounce", reason="550 rejected as spam"), ReportKind.BOUNCED, Consequence.ALARM),
        (event("blocked"), ReportKind.REFUSED, Consequence.COUNTED),
        (event("deferred", reason="421 try later"), ReportKind.DELAYED, Consequence.NOTHING),
        (event("spam"), ReportKind.COMPLAINED, Consequence.COMPLAINED),
        (event("unsubscribed"), ReportKind.UNSUBSCRIBED, Consequence.LEFT),
        (event("delivered"), ReportKind.DELIVERED, Consequence.NOTHING),
        (event("unique_opened"), ReportKind.OTHER, Consequence.NOTHING),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = BrevoHook(WebhookSettings("brevo", TOKEN)).reports(json.dumps(found).encode())
    assert (report.kind, consequence(report), report.reference) == (kind, follows, REFERENCE)
    assert (report.at, report.remote_id) == (NOW, "0.1@smtp-relay.example")
