"""Signatures: read by another's library, changed by a new secret, and for a day good by either."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from newsletter.clock import SystemClock
from newsletter.webhooks import endpoints
from newsletter.webhooks.signing import BOTH_FOR, Secrets, headers
from newsletter.webhooks.tables import WebhookEndpoint
from tests.conftest import SECRET
from tests.webhooks.conftest import Newsroom

SECRETS = Secrets(SECRET)
BODY = '{"type":"subscription.confirmed","data":{"name":"Zoë"}}'.encode()


@pytest.fixture
def now() -> datetime:
    """The library compares with the machine's clock."""
    return SystemClock().now()


def endpoint(generation: int = 1, rotated_at: datetime | None = None, salt: str = "a") -> WebhookEndpoint:
    return WebhookEndpoint(salt=salt, generation=generation, rotated_at=rotated_at, signs_from=1)


def test_the_library_verifies_what_is_sent(now: datetime) -> None:
    sent = headers(SECRETS.keys(endpoint(), now), "msg_1", now, BODY)
    told = Webhook(SECRETS.of(endpoint())).verify(BODY, sent)
    assert told["data"]["name"] == "Zoë"


@pytest.mark.parametrize("what", ["body", "webhook-id", "webhook-timestamp"])
def test_what_was_altered_is_refused(what: str, now: datetime) -> None:
    sent = {"body": BODY.decode(), **headers(SECRETS.keys(endpoint(), now), "msg_1", now, BODY)}
    sent[what] = str(int(now.timestamp()) + 1) if what == "webhook-timestamp" else sent[what] + " "
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS.of(endpoint())).verify(sent.pop("body"), sent)


def test_for_a_day_both_secrets_are_good_then_the_new_one_alone(now: datetime) -> None:
    former, new = SECRETS.of(endpoint()), SECRETS.of(endpoint(2))
    rotated = endpoint(2, now)
    for secret in (former, new):
        Webhook(secret).verify(BODY, headers(SECRETS.keys(rotated, now), "msg_1", now, BODY))
    later = headers(SECRETS.keys(rotated, now + BOTH_FOR), "msg_1", now, BODY)
    Webhook(new).verify(BODY, later)
    with pytest.raises(WebhookVerificationError):
        Webhook(former).verify(BODY, later)
    assert timedelta(days=1) == BOTH_FOR


def test_each_endpoint_and_each_product_has_a_secret_of_its_own() -> None:
    others = Secrets("another secret that is long enough, too")
    made = {SECRETS.of(endpoint()), SECRETS.of(endpoint(salt="b")), SECRETS.of(endpoint(2)), others.of(endpoint())}
    assert len(made) == 4
    assert all(len(b64decode(secret.removeprefix("whsec_"))) == 32 for secret in made)


def test_a_secret_that_got_lost_on_its_way_may_be_asked_for_again(newsroom: Newsroom) -> None:
    number, in_use = newsroom.add("https://shop.example/hooks")
    key = b64decode(in_use.removeprefix("whsec_"))
    for hours, signing in ((0, 2), (2, 3), (30, 2)):
        newsroom.clock.moment += timedelta(hours=hours)
        with newsroom.database.writing() as session:
            made = endpoints.rotate(session, number, newsroom.clock.now(), actor="cli")
        keys = newsroom.webhooks.secrets.keys(made, newsroom.clock.now())
        assert len(keys) == signing
        assert (key in keys) == (hours < 30)
