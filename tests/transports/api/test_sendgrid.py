"""SendGrid, by its documentation: twilio.com/docs/sendgrid, "Mail Send", "Personalizations", "Errors"."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from newsletter.domain.delivery import Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.sendgrid import SendGrid
from newsletter.transports.api.written import mailbox
from tests.letters import batch
from tests.transports.api.conformance import KEY, ApiConformance, settings, settle, transport_to, verdicts
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, message


class SendGridOffice(Office):
    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Told(401, '{"errors": [{"message": "The provided authorization grant is invalid"}]}')
        assert (asked.method, asked.path) == ("POST", "/v3/mail/send")
        body = json.loads(asked.body)
        if len(body["personalizations"]) > self.LIMIT:
            return Told(400, '{"errors": [{"message": "There is a limit of 1000 total recipients per request."}]}')
        for number, each in enumerate(body["personalizations"]):
            assert len(json.dumps(each["substitutions"])) <= 10_000
            if each["to"][0]["email"].endswith("@bad.example"):
                words = "Does not contain a valid address."
                field = f"personalizations.{number}.to.0.email"
                return Told(400, json.dumps({"errors": [{"message": words, "field": field}]}))
        if body["mail_settings"]["sandbox_mode"]["enable"]:
            return Told(200, "")
        for each in body["personalizations"]:
            self.deliver(body, each)
        return Told(202, "", {"X-Message-Id": "14c5d75ce93.dfd.64b469"})

    def deliver(self, body: dict[str, Any], each: dict[str, Any]) -> None:
        def fill(text: str) -> str:
            for tag, value in each["substitutions"].items():
                text = text.replace(tag, value)
            return text

        parts = {part["type"]: fill(part["value"]) for part in body["content"]}
        headers = each["headers"] | ({"Reply-To": body["reply_to"]["email"]} if "reply_to" in body else {})
        to = each["to"][0]
        self.keep(
            partial(
                message,
                sender=mailbox(body["from"].get("name", ""), body["from"]["email"]),
                to=mailbox(to.get("name", ""), to["email"]),
                subject=fill(body["subject"]),
                headers=headers,
                text=parts["text/plain"],
                html=parts.get("text/html", ""),
            )
        )


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return SendGridOffice()

    def provider(self, settings: ApiSettings) -> SendGrid:
        return SendGrid(settings)

    def test_one_body_travels_once(self, transport: ApiTransport, office: Office) -> None:
        settle(transport, batch(1, 2, 3, letter=full_letter("A rare word: quincunx.")))
        (asked,) = office.asked
        assert asked.body.count(b"quincunx") == 1

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(SendGrid(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert verdicts(told) == {1: Verdict.ACCEPTED}
        assert office.letters == []


@pytest.mark.parametrize(("region", "host"), [("us", "api.sendgrid.com"), ("eu", "api.eu.sendgrid.com")])
def test_the_region_chooses_the_host(region: str, host: str) -> None:
    assert SendGrid(ApiSettings(KEY, region=region)).request(batch(1)).url == f"https://{host}/v3/mail/send"
