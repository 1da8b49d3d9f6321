"""Brevo, by its documentation: developers.brevo.com, "Batch send transactional emails", "Idempotency"."""

from __future__ import annotations

import json
import re
import uuid
from functools import partial
from typing import Any

from newsletter.domain.delivery import Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.brevo import Brevo
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.written import mailbox
from tests.letters import batch
from tests.transports.api.conformance import KEY, ApiConformance, settings, settle, transport_to, verdicts
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, message


class BrevoOffice(Office):
    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Told] = {}

    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("api-key") != KEY:
            return Told(401, '{"code": "unauthorized", "message": "Key not found"}')
        assert (asked.method, asked.path) == ("POST", "/v3/smtp/email")
        body = json.loads(asked.body)
        key = str(uuid.UUID(body["headers"]["idempotencyKey"]))
        if key not in self.answers:
            self.answers[key] = self.take(body)
        return self.answers[key]

    def take(self, body: dict[str, Any]) -> Told:
        versions = body["messageVersions"]
        if len(versions) > self.LIMIT:
            return Told(400, '{"code": "invalid_parameter", "message": "messageVersions is limited to 1000"}')
        if any("@bad.example" in each["to"][0]["email"] for each in versions):
            return Told(400, '{"code": "invalid_parameter", "message": "email is not valid in to"}')
        if body["headers"].get("X-Sib-Sandbox") != "drop":
            for each in versions:
                self.deliver(body, each)
        ids = [f"<{number}.{len(self.answers)}@smtp-relay.example>" for number in range(len(versions))]
        return Told(201, json.dumps({"messageIds": ids}))

    def deliver(self, body: dict[str, Any], each: dict[str, Any]) -> None:
        def fill(text: str) -> str:
            return re.sub(r"\{\{\s*params\.(\w+)\s*\}\}", lambda found: each["params"].get(found[1], ""), text)

        to, headers = each["to"][0], {**each["headers"]}
        assert "X-Mailin-custom" in headers
        headers |= {"Reply-To": body["replyTo"]["email"]} if "replyTo" in body else {}
        html = "" if body["htmlContent"].startswith("<pre>") else fill(body["htmlContent"])
        self.keep(
            partial(
                message,
                sender=mailbox(body["sender"].get("name", ""), body["sender"]["email"]),
                to=mailbox(to.get("name", ""), to["email"]),
                subject=fill(body["subject"]),
                headers=headers,
                text=fill(body["textContent"]),
                html=html,
            )
        )


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return BrevoOffice()

    def provider(self, settings: ApiSettings) -> Brevo:
        return Brevo(settings)

    def after_a_lost_answer(self, office: Office) -> dict[int, Verdict]:
        return {1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}  # the same request again gave the answer

    def test_one_body_travels_once(self, transport: ApiTransport, office: Office) -> None:
        settle(transport, batch(1, 2, 3, letter=full_letter("A rare word: quincunx.")))
        (asked,) = office.asked
        assert asked.body.count(b"quincunx") == 1

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(Brevo(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert verdicts(told) == {1: Verdict.ACCEPTED}
        assert office.letters == []
