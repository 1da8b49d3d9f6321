"""Resend's webhooks, by its documentation: "Verify webhooks requests", "Event types"."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest

from newsletter.feedback.hooks.hook import Hook, Posted
from newsletter.feedback.hooks.resend import ResendHook
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

KEY = b"a key of 24 octets......"
SECRET = "whsec_" + b64encode(KEY).decode()
TAGS = [{"name": "reference", "value": REFERENCE.replace(".", "_")}]


def event(name: str, **more: Any) -> dict[str, Any]:
    data = {"email_id": "56761188", "to": ["reader1@reader.example"], "tags": TAGS} | more
    return {"type": f"email.{name}", "created_at": "2026-03-10T18:00:00.000Z", "data": data}


def signed(found: object, at: datetime = NOW, key: bytes = KEY, number: str = "msg_1", others: str = "") -> Posted:
    body, timestamp = json.dumps(found).encode(), str(int(at.timestamp()))
    signature = b64encode(hmac.digest(key, f"{number}.{timestamp}.".encode() + body, "sha256")).decode()
    headers = {"svix-id": number, "svix-timestamp": timestamp, "svix-signature": f"{others}v1,{signature}"}
    return Posted(headers, body)


class TestConformance(HookConformance):
    @pytest.fixture
    def hook(self) -> Hook:
        return ResendHook(WebhookSettings("resend", SECRET))

    def genuine(self, at: datetime = NOW) -> Posted:
        return signed(event("delivered"), at)

    def forgeries(self) -> list[Posted]:
        right = signed(event("complained"))
        return [
            signed(event("complained"), key=b"another"),
            Posted(right.headers, right.body + b" "),
            Posted({**right.headers, "svix-id": "msg_2"}, right.body),
            Posted({**right.headers, "svix-signature": "v1,"}, right.body),
            Posted({}, right.body),
            signed(event("complained"), number=""),
        ]

    def test_one_of_several_signatures_is_enough(self, hook: Hook) -> None:
        assert hook.verify(signed(event("delivered"), others="v1,b2xk v2,eA== "), NOW) == "msg_1"


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (
            event("bounced", bounce={"type": "Permanent", "message": "550 5.1.1 no such user"}),
            ReportKind.BOUNCED,
            Consequence.SUPPRESSED,
        ),
        (
            event("bounced", bounce={"type": "Transient", "message": "mailbox is full"}),
            ReportKind.BOUNCED,
            Consequence.COUNTED,
        ),
        (
            event("bounced", bounce={"type": "Permanent", "message": "554 5.7.1 blocked as spam"}),
            ReportKind.BOUNCED,
            Consequence.ALARM,
        ),
        (event("delivery_delayed"), ReportKind.DELAYED, Consequence.NOTHING),
        (event("complained"), ReportKind.COMPLAINED, Consequence.COMPLAINED),
        (event("suppressed"), ReportKind.REFUSED, Consequence.COUNTED),
        (event("delivered", tags={"reference": TAGS[0]["value"]}), ReportKind.DELIVERED, Consequence.NOTHING),
        (event("opened"), ReportKind.OTHER, Consequence.NOTHING),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = ResendHook(WebhookSettings("resend", SECRET)).reports(json.dumps(found).encode())
    assert (report.kind, consequence(report), report.reference) == (kind, follows, REFERENCE)
    assert (report.at, report.recipient) == (NOW, "reader1@reader.example")
