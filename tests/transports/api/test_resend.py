"""Resend, by its documentation: resend.com/docs, "Send batch emails", "Idempotency keys"."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from newsletter.domain.delivery import Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.resend import Resend
from tests.letters import batch
from tests.transports.api.conformance import KEY, ApiConformance, settings, settle, transport_to, verdicts
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, message


class ResendOffice(Office):
    LIMIT = 100

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, tuple[bytes, Told]] = {}
        self.to_the_sandbox = 0

    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Told(403, '{"name": "invalid_api_key", "message": "API key is invalid"}')
        assert (asked.method, asked.path) == ("POST", "/emails/batch")
        assert asked.headers["x-batch-validation"] == "permissive"
        key = asked.headers["idempotency-key"]
        assert 1 <= len(key) <= 256
        if key in self.answers:
            body, told = self.answers[key]
            return told if body == asked.body else Told(409, '{"name": "invalid_idempotent_request"}')
        told = self.take(json.loads(asked.body))
        self.answers[key] = asked.body, told
        return told

    def take(self, messages: list[dict[str, Any]]) -> Told:
        if len(messages) > self.LIMIT:
            return Told(422, '{"name": "validation_error", "message": "The batch may hold 100 emails"}')
        data, errors = [], []
        for number, each in enumerate(messages):
            (to,) = each["to"]
            if "@bad.example" in to:
                errors.append({"index": number, "message": "Invalid `to` field. The email address needs a name."})
                continue
            data.append({"id": f"id-{number}"})
            if to == "delivered@resend.dev":
                self.to_the_sandbox += 1
                continue
            assert all(set(tag["value"]) <= TAG for tag in each["tags"])
            headers = {**each["headers"]} | ({"Reply-To": each["reply_to"]} if "reply_to" in each else {})
            self.keep(
                partial(
                    message,
                    sender=str(each["from"]),
                    to=to,
                    subject=str(each["subject"]),
                    headers=headers,
                    text=str(each["text"]),
                    html=str(each.get("html", "")),
                )
            )
        return Told(200, json.dumps({"data": data, "errors": errors}))


TAG = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return ResendOffice()

    def provider(self, settings: ApiSettings) -> Resend:
        return Resend(settings)

    def after_a_lost_answer(self, office: Office) -> dict[int, Verdict]:
        return {1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}  # the same request again gave the answer

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(Resend(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert verdicts(told) == {1: Verdict.ACCEPTED}
        assert isinstance(office, ResendOffice)
        assert (office.letters, office.to_the_sandbox) == ([], 1)
