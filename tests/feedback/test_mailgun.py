"""Mailgun's webhooks, by its documentation: "Securing webhooks", "Event structure"."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from typing import Any

import pytest

from newsletter.feedback.hooks.hook import Hook, Posted
from newsletter.feedback.hooks.mailgun import MailgunHook
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

KEY = "a-signing-key"


def event(name: str, **more: Any) -> dict[str, Any]:
    return {
        "event": name,
        "id": "CPgfbmQMTCKtHW6uIWtuVe",
        "timestamp": NOW.timestamp(),
        "recipient": "reader1@reader.example",
        "user-variables": {"reference": REFERENCE},
        "message": {"headers": {"message-id": "20260310.1@ledger.example"}},
        **more,
    }


def signed(found: dict[str, Any], at: datetime = NOW, key: str = KEY, token: str = "t0ken") -> Posted:
    timestamp = str(int(at.timestamp()))
    signature = hmac.digest(key.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    body = {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": found}
    return Posted({"content-type": "application/json"}, json.dumps(body).encode())


def failed(severity: str, code: int, words: str) -> dict[str, Any]:
    return event("failed", severity=severity, **{"delivery-status": {"code": code, "message": words}})


BOUNCED = failed("permanent", 550, "5.1.1 The email account that you tried to reach does not exist")


class TestConformance(HookConformance):
    @pytest.fixture
    def hook(self) -> Hook:
        return MailgunHook(WebhookSettings("mailgun", KEY))

    def genuine(self, at: datetime = NOW) -> Posted:
        return signed(BOUNCED, at)

    def forgeries(self) -> list[Posted]:
        other_token = json.loads(signed(BOUNCED).body)
        other_token["signature"]["token"] = "another"
        no_key = signed(BOUNCED, key="")
        return [signed(BOUNCED, key="a-guess"), Posted({}, json.dumps(other_token).encode()), no_key]


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (BOUNCED, ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (event("delivered"), ReportKind.DELIVERED, Consequence.NOTHING),
        (event("complained"), ReportKind.COMPLAINED, Consequence.COMPLAINED),
        (event("unsubscribed"), ReportKind.UNSUBSCRIBED, Consequence.LEFT),
        (event("opened"), ReportKind.OTHER, Consequence.NOTHING),
        (event("some news of theirs"), ReportKind.OTHER, Consequence.NOTHING),
        (
            event(
                "failed", severity="temporary", **{"delivery-status": {"code": 421, "message": "try again later"}}
            ),
            ReportKind.DELAYED,
            Consequence.NOTHING,
        ),
        (
            event(
                "failed", severity="permanent", **{"delivery-status": {"code": 552, "message": "mailbox is full"}}
            ),
            ReportKind.BOUNCED,
            Consequence.COUNTED,
        ),
        (
            event(
                "failed", severity="permanent", **{"delivery-status": {"code": 550, "message": "blocked as spam"}}
            ),
            ReportKind.BOUNCED,
            Consequence.ALARM,
        ),
        (event("failed", severity="permanent", reason="suppress-bounce"), ReportKind.REFUSED, Consequence.COUNTED),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = MailgunHook(WebhookSettings("mailgun", KEY)).reports(signed(found).body)
    assert (report.kind, consequence(report)) == (kind, follows)
    assert (report.reference, report.recipient) == (REFERENCE, "reader1@reader.example")
    assert report.remote_id == "20260310.1@ledger.example"
