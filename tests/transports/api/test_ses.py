"""Amazon SES v2, by its documentation: "SendEmail", "Signature Version 4"."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from hmac import digest

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from newsletter.clock import SetClock
from newsletter.domain.delivery import TransportDown, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.ses import Ses, sign
from tests.letters import batch
from tests.transports.api.conformance import (
    KEY,
    MIDNIGHT,
    ApiConformance,
    settings,
    settle,
    transport_to,
    verdicts,
)
from tests.transports.api.letters import full_letter
from tests.transports.api.office import Asked, Office, Told, Trouble


def _read(raw: bytes) -> EmailMessage:
    letter = message_from_bytes(raw, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    return letter


class SesOffice(Office):
    """Checks each signature by the steps of the documentation, from what it was sent."""

    def answer(self, asked: Asked) -> Told:
        if not self.is_signed(asked):
            return Told(403, '{"message": "The request signature we calculated does not match"}')
        assert (asked.method, asked.path) == ("POST", "/v2/email/outbound-emails")
        body = json.loads(asked.body)
        (to,) = body["Destination"]["ToAddresses"]
        if to.endswith("@bad.example"):
            return Told(400, '{"message": "Local address contains control or whitespace"}')
        raw = b64decode(body["Content"]["Raw"]["Data"])
        if to != "success@simulator.amazonses.com":
            self.keep(partial(_read, raw))
        return Told(200, json.dumps({"MessageId": f"0100-{len(self.kept)}"}))

    @staticmethod
    def is_signed(asked: Asked) -> bool:
        return SesOffice.is_signed_as(asked, "POST", "")

    @staticmethod
    def is_signed_as(asked: Asked, method: str, query: str) -> bool:
        given = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=AKID/(\d{8})/eu-central-1/ses/aws4_request, "
            r"SignedHeaders=([a-z;\-]+), Signature=([0-9a-f]{64})",
            asked.headers.get("authorization", ""),
        )
        if not given:
            return False
        day, names, signature = given.groups()
        lines = "".join(f"{name}:{asked.headers[name]}\n" for name in names.split(";"))
        canonical = f"{method}\n{asked.path}\n{query}\n{lines}\n{names}\n{hashlib.sha256(asked.body).hexdigest()}"
        scope = f"{day}/eu-central-1/ses/aws4_request"
        to_sign = "\n".join(
            [
                "AWS4-HMAC-SHA256",
                asked.headers["x-amz-date"],
                scope,
                hashlib.sha256(canonical.encode()).hexdigest(),
            ]
        )
        key = f"AWS4{KEY}".encode()
        for part in scope.split("/"):
            key = digest(key, part.encode(), "sha256")
        return digest(key, to_sign.encode(), "sha256").hex() == signature


class TestConformance(ApiConformance):
    def office_of_the_provider(self) -> Office:
        return SesOffice()

    def provider(self, settings: ApiSettings) -> Ses:
        here = ApiSettings(
            settings.key,
            key_id="AKID",
            region="eu-central-1",
            endpoint=settings.endpoint,
            sandbox=settings.sandbox,
        )
        return Ses(here, SetClock(MIDNIGHT))

    @pytest.fixture
    def transport(self, office: Office) -> Iterator[ApiTransport]:
        transport = transport_to(self.provider(settings(office)), connections=10)
        yield transport
        transport.close()

    def test_no_request_holds_more_than_the_provider_takes(self, office: Office) -> None:
        transport = transport_to(self.provider(settings(office)), connections=3, most=10)
        told, trouble = settle(transport, batch(*range(1, 8), letter=full_letter()))
        transport.close()
        assert (trouble, len(told), len(office.asked)) == (None, 7, 7)

    def test_a_lost_answer_is_in_doubt_or_looked_up_and_never_sent_again(
        self, transport: ApiTransport, office: Office
    ) -> None:
        office.troubles = [Trouble(takes=True)]
        told, trouble = settle(transport, batch(1, 2, letter=full_letter()))
        assert sorted(verdicts(told).values()) == [Verdict.ACCEPTED, Verdict.IN_DOUBT]
        assert len(office.letters) == 2
        assert isinstance(trouble, TransportDown)

    def test_the_sandbox_delivers_nothing(self, office: Office) -> None:
        transport = transport_to(self.provider(settings(office, sandbox=True)))
        told, _ = settle(transport, batch(1, letter=full_letter()))
        transport.close()
        assert verdicts(told) == {1: Verdict.ACCEPTED}
        assert office.letters == []


def test_the_signature_changes_with_everything_that_is_signed() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    one = ApiSettings("secret", key_id="AKID", region="eu-central-1")
    other = ApiSettings("secret", key_id="AKID", region="us-east-1")
    url = "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails"
    signed = [
        sign(one, url, b"a", now),
        sign(one, url, b"b", now),
        sign(other, url, b"a", now),
        sign(one, url + "x", b"a", now),
    ]
    assert len({each["Authorization"].rpartition("=")[2] for each in signed}) == 4


def test_a_query_is_signed_as_amazons_own_library_does_it() -> None:
    url = (
        "https://email.eu-central-1.amazonaws.com/v2/email/suppression/addresses?NextToken=a%2Fb%3D%3D&PageSize=9"
    )
    settings = ApiSettings(KEY, key_id="AKID", region="eu-central-1")
    ours = sign(settings, url, b"", datetime(2026, 3, 10, tzinfo=UTC), "GET")
    headers = {"Content-Type": "application/json", "X-Amz-Date": "20260310T000000Z"}
    request = AWSRequest("GET", url, headers=headers, data=b"")
    request.context["timestamp"] = headers["X-Amz-Date"]
    theirs = SigV4Auth(Credentials("AKID", KEY), "ses", "eu-central-1")
    wanted = theirs.signature(theirs.string_to_sign(request, theirs.canonical_request(request)), request)
    assert ours["Authorization"].endswith(f"Signature={wanted}")
