"""Amazon SES v2 as moto has it: a server of somebody else's making that takes our requests, or does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from newsletter.clock import SystemClock
from newsletter.domain.delivery import Batch, IssueRefused, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api.posting import ApiTransport
from newsletter.transports.api.ses import Ses, sign
from tests.letters import envelope
from tests.transports.api.conformance import settle, transport_to, verdicts
from tests.transports.api.letters import full_letter

REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's


def settings(endpoint: str) -> ApiSettings:
    return ApiSettings("a secret access key", key_id="AKIDEXAMPLE", region=REGION, endpoint=endpoint)


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10)
    server.stop()


@pytest.fixture
def transport(endpoint: str) -> Iterator[ApiTransport]:
    transport = transport_to(Ses(settings(endpoint), SystemClock()), connections=2)
    yield transport
    transport.close()


def letters() -> Batch:
    return Batch(full_letter(), tuple(envelope(key) for key in (1, 2, 3)))


def test_letters_from_a_verified_domain_are_taken_octet_by_octet(endpoint: str, transport: ApiTransport) -> None:
    url, body = f"{endpoint}/v2/email/identities", b'{"EmailIdentity": "evening@ledger.example"}'
    headers = sign(settings(endpoint), url, body, SystemClock().now())
    assert requests.post(url, data=body, headers=headers, timeout=10).ok
    sent = letters()
    told, trouble = settle(transport, sent)
    assert (trouble, verdicts(told)) == (None, dict.fromkeys((1, 2, 3), Verdict.ACCEPTED))
    taken = ses_backends[ACCOUNT][REGION].sent_messages
    assert sorted(message.raw_data for message in taken) == sorted(
        sent.letter.stamp(each.values).decode() for each in sent.envelopes
    )
    assert {outcome.remote_id for outcome in told} == {message.id for message in taken}


def test_a_domain_that_is_not_verified_pauses_the_issue(transport: ApiTransport) -> None:
    told, trouble = settle(transport, letters())
    assert told == []
    assert isinstance(trouble, IssueRefused)
    assert "evening@ledger.example" in str(trouble)
