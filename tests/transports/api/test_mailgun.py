"""Mailgun, by its documentation: documentation.mailgun.com, "Batch sending", "Messages", "Events"."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import pytest

from newsletter.domain.delivery import Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.mailgun import Mailgun
from newsletter.transports.api.posting import ApiTransport
from tests.letters import batch
from tests.transports.api.conformance import KEY, ApiConformance, settings, settle, transport_to
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, Trouble, message


class MailgunOffice(Office):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != "Basic " + b64encode(f"api:{KEY}".encode()).decode():
            return Told(401, "Forbidden")
        if asked.path == "/v3/ledger.example/events":
            wanted = asked.query["recipient"][0]
            return Told(200, json.dumps({"items": [each for each in self.events if each["recipient"] == wanted]}))
        assert (asked.method, asked.path) == ("POST", "/v3/ledger.example/messages")
        form = parse_qs(asked.body.decode(), keep_blank_values=True)
        if len(form["to"]) > self.LIMIT:
            return Told(400, '{"message": "to parameter has too many recipients"}')
        if any("@bad.example" in to for to in form["to"]):
            return Told(400, '{"message": "\'to\' parameter is not a valid address. please check documentation"}')
        if "o:testmode" not in form:
            for recipient, values in json.loads(form["recipient-variables"][0]).items():
                self.deliver(form, recipient, values)
        return Told(200, '{"id": "<20260310.1@ledger.example>", "message": "Queued. Thank you."}')

    def deliver(self, form: dict[str, list[str]], recipient: str, values: dict[str, str]) -> None:
        def fill(text: str) -> str:
            return re.sub(r"%recipient\.(\w+)%", lambda found: values.get(found[1], found[0]), text)

        (to,) = (each for each in form["to"] if recipient in each)
        headers = {name[2:]: fill(each[0]) for name, each in form.items() if name.startswith("h:")}
        name = fill(to).removesuffix(f" <{recipient}>") if "<" in to else ""
        mailbox = f'"{name.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}" <{recipient}>'
        letter = partial(
            message,
            sender=form["from"][0],
            to=mailbox if name else recipient,
            subject=fill(form["subject"][0]),
            headers=headers,
            text=fill(form["text"][0]),
            html=fill(form["html"][0]) if "html" in form else "",
        )
        self.keep(letter)
        reference = fill(form["v:reference"][0])
        self.events.append({
            "event": "accepted",
            "recipient": recipient,
            "user-variables": {"reference": reference},
            "message": {"headers": {"message-id": "20260310.1@ledger.example"}},
        })  # fmt: skip


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return MailgunOffice()

    def provider(self, settings: ApiSettings) -> Mailgun:
        return Mailgun(settings)

    def after_a_lost_answer(self, office: Office) -> dict[int, Verdict]:
        return {1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}  # found among its events

    def test_one_body_travels_once(self, transport: ApiTransport, office: Office) -> None:
        settle(transport, batch(1, 2, 3, letter=full_letter("A rare word: quincunx.")))
        (asked,) = office.asked
        assert asked.body.count(b"quincunx") == 1

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(Mailgun(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert [outcome.verdict for outcome in told] == [Verdict.ACCEPTED]
        assert office.letters == []

    def test_a_letter_that_is_refused_pauses_the_issue(self, transport: ApiTransport, office: Office) -> None:
        refused = Trouble(Told(400, '{"message": "from parameter is missing"}'))
        office.troubles = [refused, refused]
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert told == []
        assert "from parameter is missing" in str(trouble)


@pytest.mark.parametrize(("region", "host"), [("us", "api.mailgun.net"), ("eu", "api.eu.mailgun.net")])
def test_the_region_chooses_the_host(region: str, host: str) -> None:
    provider = Mailgun(ApiSettings(KEY, region=region, domain="ledger.example"))
    assert provider.request(batch(1)).url == f"https://{host}/v3/ledger.example/messages"
