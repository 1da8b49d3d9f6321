"""Amazon SES by SNS: docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages", "Event publishing".

SNS signs with RSA and a certificate whose address stands in the message. Only addresses of SNS itself are asked,
over TLS, and only for the topic that is configured; certificates are kept.
"""

from __future__ import annotations

import re
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from newsletter.feedback.hooks.hook import Forged, Posted, fresh
from newsletter.feedback.hooks.words import known, mapping, moment, parsed, text
from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.report import NotUnderstood, Report, ReportKind
from newsletter.settings import WebhookSettings

Fetch = Callable[[str], bytes]  # of an https address; raises OSError

_HOST = re.compile(
    r"https://sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?/SimpleNotificationService-[0-9a-f]+\.pem"
)
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_KINDS = {
    "Delivery": ReportKind.DELIVERED,
    "DeliveryDelay": ReportKind.DELAYED,
    "Bounce": ReportKind.BOUNCED,
    "Complaint": ReportKind.COMPLAINED,
    "Reject": ReportKind.REFUSED,
}
_STATUSES = {"Permanent": "5.0.0", "Transient": "4.0.0", "Undetermined": "4.0.0"}
_RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
}
_SUPPRESSED = frozenset({"Suppressed", "OnAccountSuppressionList"})


@dataclass(slots=True)
class Certificates:
    """SNS's certificates, each fetched once."""

    fetch: Fetch
    _found: dict[str, Certificate] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, url: str) -> Certificate:
        """Return the certificate at an address of SNS. Raises Forged."""
        if not _HOST.fullmatch(url):
            raise Forged("the certificate does not lie with SNS")
        with self._lock:
            if url not in self._found:
                try:
                    self._found[url] = load_pem_x509_certificate(self.fetch(url))
                except (OSError, ValueError) as trouble:
                    raise Forged(f"the certificate can't be had: {trouble}") from trouble
            return self._found[url]


@dataclass(frozen=True, slots=True)
class SesHook:
    """The Hook; `settings.topic` is the topic's ARN."""

    settings: WebhookSettings
    certificates: Certificates
    name: str = "ses"

    def verify(self, posted: Posted, now: datetime) -> str:
        """Return SNS's id of the message. Raises Forged."""
        message = parsed(posted.body, Forged)
        if not isinstance(message, dict) or text(message, "Type") not in _SIGNED:
            raise Forged("it is no message of SNS")
        if text(message, "TopicArn") != self.settings.topic:
            raise Forged("it is of another topic")
        certificate = self.certificates.of(text(message, "SigningCertURL"))
        _check(certificate, message, now)
        fresh(str(moment(text(message, "Timestamp")).timestamp()), now)
        return text(message, "MessageId")

    def reports(self, body: bytes) -> Sequence[Report]:
        """Return what an event says of each recipient. A topic that wants to be confirmed is told as such."""
        envelope = parsed(body)
        if isinstance(envelope, dict) and text(envelope, "Type") == "SubscriptionConfirmation":
            raise NotUnderstood(f"open this address once, to confirm the topic: {text(envelope, 'SubscribeURL')}")
        inner = text(envelope, "Message") if isinstance(envelope, dict) else ""
        event = parsed(inner.encode())
        mail = known(event, "mail")
        return list(_reports(event, mail))


def _check(certificate: Certificate, message: Mapping[str, Any], now: datetime) -> None:
    """Raise Forged unless the certificate is SNS's own and signed the message."""
    names = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != ["sns.amazonaws.com"]:
        raise Forged("the certificate is not SNS's")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Forged("the certificate is out of date")
    key = certificate.public_key()
    hashes = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - version 1 is what SNS signs with unless it is told
    used = hashes.get(text(message, "SignatureVersion"))
    if not isinstance(key, RSAPublicKey) or used is None:
        raise Forged("the signature is of no kind that SNS makes")
    try:
        key.verify(b64decode(text(message, "Signature")), _canonical(message), PKCS1v15(), used)
    except (InvalidSignature, ValueError):
        raise Forged("the signature is not SNS's") from None


def _canonical(message: Mapping[str, Any]) -> bytes:
    fields = [name for name in _SIGNED[text(message, "Type")] if isinstance(message.get(name), str)]
    return "".join(f"{name}\n{message[name]}\n" for name in fields).encode()


def _reports(event: Mapping[str, Any], mail: Mapping[str, Any]) -> Iterator[Report]:
    name = text(event, "eventType") or text(event, "notificationType")
    kind = _KINDS.get(name, ReportKind.OTHER)
    details = mapping(event, name[:1].lower() + name[1:])
    if kind is ReportKind.BOUNCED and text(details, "bounceSubType") in _SUPPRESSED:
        kind = ReportKind.REFUSED
    at = moment(text(details, "timestamp") or text(mail, "timestamp"))
    number = text(details, "feedbackId") or text(mail, "messageId")
    for place, recipient in enumerate(_recipients(name, details, mail)):
        said = text(recipient, "diagnosticCode")
        status = text(recipient, "status") or _STATUSES.get(text(details, "bounceType"), "")
        yield Report(
            kind,
            key=f"{name}/{number}/{place}",
            at=at,
            reference=_reference(mail),
            recipient=text(recipient, "emailAddress"),
            status=diagnose(said, status) if kind in {ReportKind.BOUNCED, ReportKind.DELAYED} else "",
            words=said or text(details, "bounceSubType"),
            remote_id=text(mail, "messageId"),
        )


def _recipients(name: str, details: Mapping[str, Any], mail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = details.get(_RECIPIENTS.get(name, ""))
    if isinstance(found, list):
        return [each for each in found if isinstance(each, dict)]
    addresses = details.get("recipients") or mail.get("destination")
    return [{"emailAddress": str(each)} for each in addresses] if isinstance(addresses, list) else []


def _reference(mail: Mapping[str, Any]) -> str:
    found = mapping(mail, "tags").get("reference")
    return str(found[0]).replace("_", ".") if isinstance(found, list) and found else ""
