"""Mailgun: one body and up to 1,000 readers' variables in a request.

Facts: documentation.mailgun.com, "Batch sending", "Messages" and "Events". A variable is `%recipient.name%`. All
messages of a request have one id. `v:` values come back with each event as `user-variables`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from urllib.parse import quote, urlencode

from newsletter.domain.delivery import Batch, Envelope, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear
from newsletter.transports.api.written import Written, variables, write_out

ENDPOINTS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Mailgun:
    """The Provider. `settings.domain` is the sending domain as Mailgun knows it."""

    settings: ApiSettings
    name: str = "mailgun"
    most: int = 1_000
    is_idempotent: bool = False

    def request(self, batch: Batch) -> Request:
        """Return the request to `/v3/{domain}/messages`."""
        written = write_out(batch.letter, _variable, _protect)
        fields = [
            ("from", str(Address(written.sender_name, addr_spec=written.sender_address))),
            *(("to", _mailbox(envelope)) for envelope in batch.envelopes),
            ("subject", written.subject),
            ("text", written.text),
            *([("html", written.html)] if written.html else []),
            *_headers(written),
            ("v:reference", _variable(_REFERENCE)),
            (
                "recipient-variables",
                json.dumps({each.recipient: _values(batch, each) for each in batch.envelopes}),
            ),
            *([("o:testmode", "yes")] if self.settings.sandbox else []),
        ]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", self._url("messages"), self._entry() | form, urlencode(fields).encode())

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Accept everybody: Mailgun takes a request whole or not at all. Raises Unclear without an id."""
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("id"), str):
            raise Unclear
        return [
            Outcome(each.key, Verdict.ACCEPTED, "2.0.0", answer.text, told["id"].strip("<>"))
            for each in batch.envelopes
        ]

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return REJECTED where the words are about the address."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:
        """Ask for the events of the reader's address."""
        query = urlencode({"event": "accepted", "recipient": envelope.recipient, "limit": 25})
        return Request("GET", f"{self._url('events')}?{query}", self._entry())

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return ACCEPTED where an event carries the letter's reference."""
        told = answer.json()
        for event in told.get("items", []) if isinstance(told, dict) else []:
            if event.get("user-variables", {}).get(_REFERENCE) == envelope.reference:
                remote_id = event.get("message", {}).get("headers", {}).get("message-id", "")
                return Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "found among its events", remote_id)
        return None

    def _url(self, resource: str) -> str:
        endpoint = self.settings.endpoint or ENDPOINTS[self.settings.region]
        return f"{endpoint}/v3/{quote(self.settings.domain)}/{resource}"

    def _entry(self) -> dict[str, str]:
        return {"Authorization": f"Basic {b64encode(f'api:{self.settings.key}'.encode()).decode()}"}


def _variable(name: str) -> str:
    return f"%recipient.{name}%"


def _protect(text: str) -> str:
    """Let words stay words that only look like a variable."""
    return text.replace("%recipient", "%\u2060recipient")


def _headers(written: Written) -> list[tuple[str, str]]:
    """Return all header fields but those that Mailgun makes: one Message-ID and one Date would stand in all."""
    own = {"message-id", "date"}
    kept = [(f"h:{name}", text) for name, text in written.headers.items() if name.lower() not in own]
    return kept + ([("h:Reply-To", written.reply_to)] if written.reply_to else [])


def _mailbox(envelope: Envelope) -> str:
    return (
        f"{_variable('to_name')} <{envelope.recipient}>" if envelope.values.get("to_name") else envelope.recipient
    )


def _values(batch: Batch, envelope: Envelope) -> Mapping[str, str]:
    return variables(batch.letter, envelope.values) | {_REFERENCE: envelope.reference}
