"""Resend: up to 100 whole messages in a request, taken once however often it is made within a day.

Facts: resend.com/docs, "Send batch emails", "Idempotency keys", "Batch validation modes", "Errors". In the
permissive mode one message that is refused spoils it for no other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear
from newsletter.transports.api.written import mailbox, written_to

ENDPOINT = "https://api.resend.com"
_SANDBOX = "delivered@resend.dev"  # an address of theirs that takes everything
_OWN_HEADERS = frozenset({"date", "message-id"})


@dataclass(frozen=True, slots=True)
class Resend:
    """The Provider."""

    settings: ApiSettings
    name: str = "resend"
    most: int = 100
    is_idempotent: bool = True

    def request(self, batch: Batch) -> Request:
        """Return the request to `/emails/batch`. Its key is a hash of the body: the same request has the same."""
        messages = [self._message(batch, envelope) for envelope in batch.envelopes]
        body = json.dumps(messages, ensure_ascii=False).encode()
        headers = {
            "Authorization": f"Bearer {self.settings.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": hashlib.sha256(body).hexdigest(),
            "x-batch-validation": "permissive",
        }
        return Request("POST", f"{self.settings.endpoint or ENDPOINT}/emails/batch", headers, body)

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Return what each message came to. Raises Unclear, IssueRefused."""
        told = answer.json()
        taken = told.get("data") if isinstance(told, dict) else None
        if not isinstance(taken, list):
            raise Unclear
        refused = {each.get("index"): str(each.get("message", "")) for each in told.get("errors") or ()}
        if len(taken) + len(refused) != len(batch.envelopes):
            raise Unclear
        if not taken and not any(words.status_of(self.name, said) for said in refused.values()):
            raise IssueRefused(f"resend refuses the letter: {answer.text}")
        return list(self._told(batch, iter(taken), refused))

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what a refusal of a single message says of its reader."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:  # noqa: ARG002 - as Provider has it
        """Ask nothing: the same request again gives the answer."""
        return None

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:  # noqa: ARG002 - as Provider has it
        """Find nothing."""
        return None

    def _told(
        self, batch: Batch, taken: Iterator[Mapping[str, str]], refused: Mapping[int, str]
    ) -> Iterator[Outcome]:
        """Yield the outcomes: ids come in the order of the messages that were taken."""
        for number, envelope in enumerate(batch.envelopes):
            if number not in refused:
                remote_id = next(taken).get("id", "")
                yield Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "200 taken", remote_id)
                continue
            said = refused[number]
            about_us = Outcome(envelope.key, Verdict.DEFERRED, "4.3.0", said)
            yield words.outcome(self.name, envelope, said) or about_us

    def _message(self, batch: Batch, envelope: Envelope) -> Mapping[str, object]:
        letter = written_to(batch.letter, envelope.values)
        to = _SANDBOX if self.settings.sandbox else mailbox(letter.to_name, envelope.recipient)
        message: dict[str, object] = {
            "from": mailbox(letter.sender_name, letter.sender_address),
            "to": [to],
            "subject": letter.subject,
            "text": letter.text,
            "headers": {name: text for name, text in letter.headers.items() if name.lower() not in _OWN_HEADERS},
            "tags": [{"name": "reference", "value": envelope.reference.replace(".", "_")}],
        }
        message |= {"html": letter.html} if letter.html else {}
        return message | ({"reply_to": letter.reply_to} if letter.reply_to else {})
