"""SendGrid: one body and up to 1,000 personalisations in a request.

Facts: twilio.com/docs/sendgrid, "Mail Send" (limits, errors), "Personalizations", "Substitution tags", "Sandbox
mode". A substitution is any text that we choose; headers are given for each reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.delivery import Batch, Envelope, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear
from newsletter.transports.api.written import Written, variables, write_out, written_to

ENDPOINTS = {"us": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
_OWN_HEADERS = frozenset({"date", "message-id"})
_OFF = {"enable": False}


@dataclass(frozen=True, slots=True)
class SendGrid:
    """The Provider."""

    settings: ApiSettings
    name: str = "sendgrid"
    most: int = 1_000
    is_idempotent: bool = False

    def request(self, batch: Batch) -> Request:
        """Return the request to `/v3/mail/send`."""
        letter = write_out(batch.letter, _tag, _protect)
        body: dict[str, object] = {
            "personalizations": [_personalisation(batch, envelope) for envelope in batch.envelopes],
            "from": _mailbox(letter.sender_name, letter.sender_address),
            "subject": letter.subject,
            "content": _content(letter),
            "tracking_settings": {"click_tracking": _OFF, "open_tracking": _OFF, "subscription_tracking": _OFF},
            "mail_settings": {"sandbox_mode": {"enable": self.settings.sandbox}},
        }
        if letter.reply_to:
            body["reply_to"] = {"email": letter.reply_to}
        endpoint = self.settings.endpoint or ENDPOINTS[self.settings.region]
        headers = {"Authorization": f"Bearer {self.settings.key}", "Content-Type": "application/json"}
        return Request("POST", f"{endpoint}/v3/mail/send", headers, json.dumps(body, ensure_ascii=False).encode())

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Accept everybody on 202 (200 in the sandbox): SendGrid takes a request whole or not at all."""
        if answer.status not in {200, 202} or (answer.status == 200 and not self.settings.sandbox):
            raise Unclear
        remote_id = answer.headers.get("x-message-id", "sandbox" if self.settings.sandbox else "")
        return [Outcome(each.key, Verdict.ACCEPTED, "2.0.0", answer.text, remote_id) for each in batch.envelopes]

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what a refusal of a single personalisation says of its reader."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:  # noqa: ARG002 - as Provider has it
        """Ask nothing: searching costs extra there, and knows a letter only minutes later."""
        return None

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:  # noqa: ARG002 - as Provider has it
        """Find nothing."""
        return None


def _tag(name: str) -> str:
    return f"-hole.{name}-"


def _protect(text: str) -> str:
    """Let words stay words that only look like a tag."""
    return text.replace("-hole.", "-\u2060hole.")


def _personalisation(batch: Batch, envelope: Envelope) -> Mapping[str, object]:
    own = written_to(batch.letter, envelope.values)
    values = variables(batch.letter, envelope.values)
    return {
        "to": [_mailbox(own.to_name, envelope.recipient)],
        "substitutions": {_tag(name): text for name, text in values.items()},
        "headers": {name: text for name, text in own.headers.items() if name.lower() not in _OWN_HEADERS},
        "custom_args": {"reference": envelope.reference},
    }


def _content(letter: Written) -> list[dict[str, str]]:
    parts = [("text/plain", letter.text), ("text/html", letter.html)]
    return [{"type": kind, "value": text} for kind, text in parts if text]


def _mailbox(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}
