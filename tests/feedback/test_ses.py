"""Amazon SES by SNS, by its documentation: "Verifying the signatures of Amazon SNS messages"."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from newsletter.feedback.hooks.hook import Forged, Hook, Posted
from newsletter.feedback.hooks.ses import Certificates, SesHook
from newsletter.feedback.report import NotUnderstood, ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.settings import WebhookSettings
from tests.feedback.conformance import NOW, REFERENCE, HookConformance

TOPIC = "arn:aws:sns:eu-central-1:123456789012:evening"
URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"


@cache
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def other_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def certificate(name: str = "sns.amazonaws.com", days: int = 30) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key().public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
    )
    return built.sign(key(), SHA256()).public_bytes(Encoding.PEM)


def event(name: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    tags = {"reference": [REFERENCE.replace(".", "_")]}
    mail = {"messageId": "0100", "timestamp": "2026-03-10T17:59:00Z", "destination": ["reader1@reader.example"]}
    return {"eventType": name, "mail": mail | {"tags": tags}, name[:1].lower() + name[1:]: details or {}}


def bounce(kind: str, code: str, subtype: str = "General") -> dict[str, Any]:
    recipient = {"emailAddress": "reader1@reader.example", "diagnosticCode": code}
    details = {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": [recipient], "feedbackId": "f1"}
    return event("Bounce", details | {"timestamp": "2026-03-10T18:00:00.000Z"})


def message(
    found: dict[str, Any], at: datetime = NOW, version: str = "2", by: Any = None, **more: str
) -> dict[str, str]:
    told = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": json.dumps(found),
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
    } | more
    names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"]
    canonical = "".join(f"{name}\n{told[name]}\n" for name in names if name in told).encode()
    used = {"1": SHA1, "2": SHA256}[version]()
    return told | {"Signature": b64encode((by or key()).sign(canonical, PKCS1v15(), used)).decode()}


def posted(told: dict[str, str]) -> Posted:
    return Posted({"x-amz-sns-message-type": told.get("Type", "")}, json.dumps(told).encode())


class Shelf:
    """Where certificates lie; remembers how often it was asked."""

    def __init__(self, found: bytes) -> None:
        self.found, self.asked = found, 0

    def fetch(self, url: str) -> bytes:
        assert url == URL
        self.asked += 1
        return self.found


def hook_with(found: bytes) -> SesHook:
    return SesHook(WebhookSettings("ses", topic=TOPIC), Certificates(Shelf(found).fetch))


class TestConformance(HookConformance):
    @pytest.fixture
    def hook(self) -> Hook:
        return hook_with(certificate())

    def genuine(self, at: datetime = NOW) -> Posted:
        return posted(message(bounce("Permanent", "smtp; 550 5.1.1 user unknown"), at))

    def forgeries(self) -> list[Posted]:
        right = message(event("Delivery"))
        return [
            posted(message(event("Delivery"), by=other_key())),
            posted(right | {"Message": "{}"}),
            posted(right | {"TopicArn": "arn:aws:sns:eu-central-1:1:other"}),
            posted(message(event("Delivery"), TopicArn="arn:aws:sns:eu-central-1:1:other")),
            posted(right | {"Signature": ""}),
            posted(right | {"SignatureVersion": "3"}),
            posted(right | {"Type": "Greeting"}),
        ]


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123abcd.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0123abcd.pem",
        "https://127.0.0.1/SimpleNotificationService-0123abcd.pem",
        "https://mybucket.s3.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-central-1.amazonaws.com/../SimpleNotificationService-0123abcd.pem",
    ],
)
def test_no_address_but_sns_s_own_is_asked(url: str) -> None:
    shelf = Shelf(certificate())
    hook = SesHook(WebhookSettings("ses", topic=TOPIC), Certificates(shelf.fetch))
    with pytest.raises(Forged, match="does not lie with SNS"):
        hook.verify(posted(message(event("Delivery"), SigningCertURL=url)), NOW)
    assert shelf.asked == 0


def test_a_certificate_is_fetched_once() -> None:
    shelf = Shelf(certificate())
    hook = SesHook(WebhookSettings("ses", topic=TOPIC), Certificates(shelf.fetch))
    for _ in range(3):
        assert hook.verify(posted(message(event("Delivery"))), NOW) == "m-1"
    assert shelf.asked == 1


@pytest.mark.parametrize(
    "found", [certificate("evil.example"), certificate(days=-1), b"no certificate"], ids=["name", "date", "noise"]
)
def test_a_certificate_that_is_not_sns_s_is_refused(found: bytes) -> None:
    with pytest.raises(Forged):
        hook_with(found).verify(posted(message(event("Delivery"))), NOW)


def test_both_versions_of_the_signature_are_known() -> None:
    for version in ("1", "2"):
        assert hook_with(certificate()).verify(posted(message(event("Delivery"), version=version)), NOW) == "m-1"


def test_a_topic_that_wants_to_be_confirmed_is_shown_to_a_person() -> None:
    address = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription"
    told = message({}, Type="SubscriptionConfirmation", SubscribeURL=address, Token="t", Message="You have chosen")
    hook = hook_with(certificate())
    assert hook.verify(posted(told), NOW) == "m-1"
    with pytest.raises(NotUnderstood, match="open this address once"):
        hook.reports(posted(told).body)


@pytest.mark.parametrize(
    ("found", "kind", "follows"),
    [
        (bounce("Permanent", "smtp; 550 5.1.1 user unknown"), ReportKind.BOUNCED, Consequence.SUPPRESSED),
        (bounce("Transient", "smtp; 452 4.2.2 mailbox full"), ReportKind.BOUNCED, Consequence.COUNTED),
        (bounce("Permanent", "smtp; 554 5.7.1 message rejected as spam"), ReportKind.BOUNCED, Consequence.ALARM),
        (bounce("Permanent", "", "OnAccountSuppressionList"), ReportKind.REFUSED, Consequence.COUNTED),
        (
            event(
                "Complaint",
                {"complainedRecipients": [{"emailAddress": "reader1@reader.example"}], "feedbackId": "f2"},
            ),
            ReportKind.COMPLAINED,
            Consequence.COMPLAINED,
        ),
        (event("Delivery", {"recipients": ["reader1@reader.example"]}), ReportKind.DELIVERED, Consequence.NOTHING),
        (event("Open"), ReportKind.OTHER, Consequence.NOTHING),
    ],
)
def test_each_event_in_our_words(found: dict[str, Any], kind: ReportKind, follows: Consequence) -> None:
    (report,) = hook_with(certificate()).reports(posted(message(found)).body)
    assert (report.kind, consequence(report), report.reference) == (kind, follows, REFERENCE)
    assert (report.recipient, report.remote_id) == ("reader1@reader.example", "0100")
