"""SendGrid's event webhook, by its documentation: "Event Webhook Reference", "Security Features"."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from newsletter.feedback.hooks.hook import Forged, Hook, Posted
from newsletter.feedback.hooks.sendgrid import SendGridHook
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

KEY, OTHER = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
PUBLIC = b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def event(name: str, number: str = "e1", **more: Any) -> dict[str, Any]:
    usual = {"event": name, "email": "reader1@reader.example", "timestamp": int(NOW.timestamp())}
    return usual | {"sg_event_id": number, "sg_message_id": "14c5d75ce93", "reference": REFERENCE} | more


def signed(body: bytes, at: datetime = NOW, key: Any = KEY) -> Posted:
    timestamp = str(int(at.timestamp()))
    signature = b64encode(key.sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()
    prefix = "x-twilio-email-event-webhook-"
    return Posted({f"{prefix}signature": signature, f"{prefix}timestamp": timestamp}, body)


BATCH = json.dumps([event("delivered", "e1"), event("bounce", "e2", reason="550 5.1.1 unknown user")]).encode()


class TestConformance(HookConformance):
    @pytest.fixture
    def hook(self) -> Hook:
        return SendGridHook(WebhookSettings("sendgrid", PUBLIC))

    def genuine(self, at: datetime = NOW) -> Posted:
        return signed(BATCH, at)

    def forgeries(self) -> list[Posted]:
        right = signed(BATCH)
        return [
            signed(BATCH, key=OTHER),
            Posted(right.headers, BATCH + b" "),
            Posted({**right.headers, "x-twilio-email-event-webhook-timestamp": "1773165601"}, BATCH),
            Posted({}, BATCH),
            Posted({**right.headers, "x-twilio-email-event-webhook-signature": "!"}, BATCH),
        ]


def test_a_key_that_is_none_believes_nobody() -> None:
    for secret in ("", "AAAA", "not base64"):
        with pytest.raises(Forged):
            SendGridHook(WebhookSettings("sendgrid", secret)).verify(signed(BATCH), NOW)


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (event("bounce", status="5.1.1", reason="550 unknown user"), ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (event("bounce", status="5.2.2", reason="552 mailbox full"), ReportKind.BOUNCED, Consequence.COUNTED),
        (
            event("bounce", type="blocked", reason="554 on a block list"),
            ReportKind.BOUNCED,
            Consequence.ALARM,
        ),
        (event("deferred", response="421 try again later"), ReportKind.DELAYED, Consequence.NOTHING),
        (event("dropped", reason="Bounced Address"), ReportKind.REFUSED, Consequence.COUNTED),
        (event("spamreport"), ReportKind.COMPLAINED, Consequence.COMPLAINED),
        (event("unsubscribe"), ReportKind.UNSUBSCRIBED, Consequence.LEFT),
        (event("delivered"), ReportKind.DELIVERED, Consequence.NOTHING),
        (event("processed"), ReportKind.OTHER, Consequence.NOTHING),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = SendGridHook(WebhookSettings("sendgrid", PUBLIC)).reports(json.dumps([found]).encode())
    assert (report.kind, consequence(report), report.reference) == (kind, follows, REFERENCE)
    assert report.at == NOW
