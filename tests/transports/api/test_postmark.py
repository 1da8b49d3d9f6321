"""Postmark, by its documentation: postmarkapp.com/developer, "Batch emails", "API overview", "Messages API"."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from newsletter.domain.delivery import Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.postmark import SANDBOX, Postmark
from tests.letters import batch
from tests.transports.api.conformance import KEY, ApiConformance, settings, settle, transport_to, verdicts
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, message


class PostmarkOffice(Office):
    LIMIT = 500

    def __init__(self) -> None:
        super().__init__()
        self.references: dict[str, str] = {}
        self.inactive = ""

    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("x-postmark-server-token") not in {KEY, SANDBOX}:
            return Told(401, '{"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."}')
        if asked.path == "/messages/outbound":
            found = self.references.get(asked.query["metadata_reference"][0])
            return Told(200, json.dumps({"Messages": [{"MessageID": found}] if found else []}))
        assert (asked.method, asked.path) == ("POST", "/email/batch")
        messages = json.loads(asked.body)
        if len(messages) > self.LIMIT:
            return Told(422, '{"ErrorCode": 410, "Message": "Too many batch messages"}')
        is_test = asked.headers["x-postmark-server-token"] == SANDBOX
        return Told(200, json.dumps([self.take(each, is_test=is_test) for each in messages]))

    def take(self, found: dict[str, Any], *, is_test: bool) -> dict[str, Any]:
        if "@bad.example" in found["To"]:
            return {"ErrorCode": 300, "Message": "Invalid 'To' address: 'nobody@bad.example'."}
        if self.inactive and self.inactive in found["To"]:
            return {
                "ErrorCode": 406,
                "Message": "You tried to send to a recipient that has been marked as inactive.",
            }
        assert found["MessageStream"] == "broadcast"
        assert len(found["Metadata"]["reference"]) <= 80
        number = f"id-{len(self.references)}-{found['To']}"
        if not is_test:
            headers = {each["Name"]: each["Value"] for each in found["Headers"]}
            assert headers.pop("X-PM-KeepID") == "true"
            headers |= {"Reply-To": found["ReplyTo"]} if found["ReplyTo"] else {}
            self.keep(
                partial(
                    message,
                    sender=found["From"],
                    to=found["To"],
                    subject=found["Subject"],
                    headers=headers,
                    text=found["TextBody"],
                    html=found["HtmlBody"],
                )
            )
            self.references[found["Metadata"]["reference"]] = number
        return {"ErrorCode": 0, "Message": "OK", "MessageID": number, "To": found["To"]}


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return PostmarkOffice()

    def provider(self, settings: ApiSettings) -> Postmark:
        return Postmark(settings)

    def after_a_lost_answer(self, office: Office) -> dict[int, Verdict]:
        return {1: Verdict.ACCEPTED, 2: Verdict.ACCEPTED}  # found by search

    def test_who_is_inactive_there_is_rejected_and_nobody_else(
        self, transport: ApiTransport, office: Office
    ) -> None:
        assert isinstance(office, PostmarkOffice)
        office.inactive = "reader2@"
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert (trouble, verdicts(told)) == (None, {1: Verdict.ACCEPTED, 2: Verdict.REJECTED})
        assert told[1].reply.startswith("406 ")

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(Postmark(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert verdicts(told) == {1: Verdict.ACCEPTED}
        assert office.letters == []
