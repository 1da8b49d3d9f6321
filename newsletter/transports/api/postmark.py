"""Postmark: up to 500 whole messages in a request, and an answer for each.

Facts: postmarkapp.com/developer, "Email API" (batch), "API overview" (error codes), "Messages API" (search by
metadata). Newsletters go into a stream for broadcasts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear
from newsletter.transports.api.written import mailbox, written_to

ENDPOINT = "https://api.postmarkapp.com"
SANDBOX = "POSTMARK_API_TEST"  # a token with which everything is checked and nothing sent
_STREAM = "broadcast"


@dataclass(frozen=True, slots=True)
class Postmark:
    """The Provider. `settings.stream` is the message stream, `broadcast` by default."""

    settings: ApiSettings
    name: str = "postmark"
    most: int = 500
    is_idempotent: bool = False

    def request(self, batch: Batch) -> Request:
        """Return the request to `/email/batch`."""
        messages = [self._message(batch, envelope) for envelope in batch.envelopes]
        body = json.dumps(messages, ensure_ascii=False).encode()
        return Request("POST", f"{self._endpoint}/email/batch", self._entry(), body)

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Return what each message's own answer says. Raises Unclear, IssueRefused."""
        told = answer.json()
        if not isinstance(told, list) or len(told) != len(batch.envelopes):
            raise Unclear
        found = [self._outcome(envelope, each) for envelope, each in zip(batch.envelopes, told, strict=True)]
        if all(outcome is None for outcome in found):
            raise IssueRefused(f"postmark refuses the letter: {answer.text}")
        return [
            outcome or Outcome(envelope.key, Verdict.DEFERRED, "4.3.0", _said(each))
            for envelope, each, outcome in zip(batch.envelopes, told, found, strict=True)
        ]

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what an answer to a single message says of its reader."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:
        """Ask for messages that carry the letter's reference."""
        query = urlencode({"count": 1, "offset": 0, "metadata_reference": envelope.reference})
        return Request("GET", f"{self._endpoint}/messages/outbound?{query}", self._entry())

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return ACCEPTED where there is one."""
        told = answer.json()
        messages = told.get("Messages") if isinstance(told, dict) else None
        if not envelope.reference or not messages:
            return None
        return Outcome(
            envelope.key, Verdict.ACCEPTED, "2.0.0", "found by search", messages[0].get("MessageID", "")
        )

    def _message(self, batch: Batch, envelope: Envelope) -> Mapping[str, object]:
        letter = written_to(batch.letter, envelope.values)
        headers = [{"Name": name, "Value": text} for name, text in letter.headers.items() if name != "Date"]
        return {
            "From": mailbox(letter.sender_name, letter.sender_address),
            "To": mailbox(letter.to_name, envelope.recipient),
            "Subject": letter.subject,
            "TextBody": letter.text,
            "HtmlBody": letter.html,
            "ReplyTo": letter.reply_to,
            "Headers": [*headers, {"Name": "X-PM-KeepID", "Value": "true"}],
            "MessageStream": self.settings.stream or _STREAM,
            "Metadata": {"reference": envelope.reference},
            "TrackOpens": False,
            "TrackLinks": "None",
        }

    def _outcome(self, envelope: Envelope, told: Mapping[str, Any]) -> Outcome | None:
        """Return the outcome of one message; None where what it says is not about its reader."""
        if told.get("ErrorCode") == 0:
            return Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", _said(told), told.get("MessageID", ""))
        return words.outcome(self.name, envelope, _said(told))

    @property
    def _endpoint(self) -> str:
        return self.settings.endpoint or ENDPOINT

    def _entry(self) -> dict[str, str]:
        key = SANDBOX if self.settings.sandbox else self.settings.key
        return {"X-Postmark-Server-Token": key, "Accept": "application/json", "Content-Type": "application/json"}


def _said(told: Mapping[str, Any]) -> str:
    return f"{told.get('ErrorCode')} {told.get('Message', '')}"
