"""Brevo: one body and up to 1,000 versions of it in a request.

Facts: developers.brevo.com, "Batch send transactional emails", "Idempotency for batch emails", "Send a
transactional email" (limits: 1,000 versions, 100 KB of params each). A variable is `{{params.name}}`.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.delivery import Batch, Envelope, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear
from newsletter.transports.api.written import variables, write_out, written_to

ENDPOINT = "https://api.brevo.com"
_OWN_HEADERS = frozenset({"date", "message-id"})
_SANDBOX = {"X-Sib-Sandbox": "drop"}
_BRACES = ("{{", "{%", "{#")


@dataclass(frozen=True, slots=True)
class Brevo:
    """The Provider."""

    settings: ApiSettings
    name: str = "brevo"
    most: int = 1_000
    is_idempotent: bool = True

    def request(self, batch: Batch) -> Request:
        """Return the request to `/v3/smtp/email`. Its idempotency key is remembered there for half an hour."""
        letter = write_out(batch.letter, _variable, _protect)
        versions = [_version(batch, envelope) for envelope in batch.envelopes]
        body: dict[str, object] = {
            "sender": _mailbox(letter.sender_name, letter.sender_address),
            "subject": letter.subject,
            "textContent": letter.text,
            "htmlContent": letter.html or f"<pre>{letter.text}</pre>",
            "messageVersions": versions,
            "headers": {"idempotencyKey": _key(batch)}
            | ({"X-Sib-Sandbox": "drop"} if self.settings.sandbox else {}),
        }
        if letter.reply_to:
            body["replyTo"] = {"email": letter.reply_to}
        headers = {"api-key": self.settings.key, "Accept": "application/json", "Content-Type": "application/json"}
        url = f"{self.settings.endpoint or ENDPOINT}/v3/smtp/email"
        return Request("POST", url, headers, json.dumps(body, ensure_ascii=False).encode())

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Accept everybody: there is an id for each version, in order. Raises Unclear."""
        told = answer.json()
        ids = told.get("messageIds") if isinstance(told, dict) else None
        if ids is None and isinstance(told, dict) and len(batch.envelopes) == 1:
            ids = [told.get("messageId", "")]
        if not isinstance(ids, list) or len(ids) != len(batch.envelopes) or not all(ids):
            raise Unclear
        return [
            Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "201 taken", str(remote_id).strip("<>"))
            for envelope, remote_id in zip(batch.envelopes, ids, strict=True)
        ]

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what a refusal of a single version says of its reader."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:  # noqa: ARG002 - as Provider has it
        """Ask nothing: the same request again gives the answer."""
        return None

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:  # noqa: ARG002 - as Provider has it
        """Find nothing."""
        return None


def _variable(name: str) -> str:
    return f"{{{{params.{name}}}}}"


def _protect(text: str) -> str:
    """Let words stay words that only look like the template language."""
    for braces in _BRACES:
        text = text.replace(braces, f"{{\u2060{braces[1]}")
    return text


def _version(batch: Batch, envelope: Envelope) -> Mapping[str, object]:
    own = written_to(batch.letter, envelope.values)
    headers = {name: text for name, text in own.headers.items() if name.lower() not in _OWN_HEADERS}
    return {
        "to": [_mailbox(own.to_name, envelope.recipient)],
        "params": variables(batch.letter, envelope.values),
        "headers": headers | {"X-Mailin-custom": envelope.reference},
    }


def _key(batch: Batch) -> str:
    """Return a UUID that is the same for the same readers of the same letter."""
    named = "\n".join(f"{each.reference} {each.recipient}" for each in batch.envelopes)
    octets = hashlib.sha256(named.encode() + b"".join(batch.letter.segments)).digest()[:16]
    return str(uuid.UUID(bytes=octets, version=4))


def _mailbox(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}
