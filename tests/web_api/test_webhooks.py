"""Webhooks by the API and at the command line."""

from __future__ import annotations

from flask import Flask

from newsletter.app import App
from newsletter.web.api.scopes import Scope
from tests.web_api.conftest import Partner, with_scopes

URL, EVENTS = "https://shop.example/hooks", ["subscription.unsubscribed", "subscription.confirmed"]


def test_a_webhook_is_added_shown_and_removed(partner: Partner) -> None:
    made = partner.post("/webhooks", {"url": URL, "events": EVENTS})
    assert made.status_code == 201
    shown = made.get_json()
    assert shown.pop("secret").startswith("whsec_")
    assert (shown["state"], shown["events"]) == ("works", sorted(EVENTS))
    assert partner.get("/webhooks").get_json() == {"items": [shown]}
    assert partner.get(f"/webhooks/{shown['id']}").get_json() == shown
    assert partner.delete(f"/webhooks/{shown['id']}").status_code == 204
    assert partner.get(f"/webhooks/{shown['id']}").status_code == 404


def test_its_secret_is_kept_nowhere_and_changed_by_rotating(partner: Partner) -> None:
    made = partner.post("/webhooks", {"url": URL, "events": EVENTS}).get_json()
    rotated = partner.post(f"/webhooks/{made['id']}/rotate").get_json()
    assert rotated["secret"] != made["secret"]
    assert "secret" not in partner.get(f"/webhooks/{made['id']}").get_json()


def test_an_address_that_cannot_be_is_refused_with_the_reason(partner: Partner) -> None:
    refused = partner.post("/webhooks", {"url": "http://shop.example/hooks", "events": EVENTS})
    assert refused.status_code == 422
    assert "begins with https://" in refused.get_json()["detail"]
    unknown = partner.post("/webhooks", {"url": URL, "events": ["subscription.born"]}).get_json()
    assert unknown["errors"][0]["pointer"] == "/events/0"


def test_an_address_has_one_webhook_however_often_it_is_asked_for(partner: Partner) -> None:
    partner.post("/webhooks", {"url": URL, "events": EVENTS})
    again = partner.post("/webhooks", {"url": URL, "events": EVENTS})
    assert (again.status_code, "webhook 1 leads there already" in again.text.lower()) == (422, True)


def test_a_test_says_what_the_endpoint_said(partner: Partner) -> None:
    made = partner.post("/webhooks", {"url": "https://127.0.0.1:9/hooks", "events": EVENTS}).get_json()
    tested = partner.post(f"/webhooks/{made['id']}/test").get_json()
    assert (tested["taken"], tested["status"]) == (False, None)
    assert "which is not public" in tested["words"]


def test_what_a_webhook_carries_needs_the_feeds_scope_too(app: App, web: Flask) -> None:
    refused = with_scopes(app, web, Scope.WEBHOOKS_WRITE).post("/webhooks", {"url": URL, "events": EVENTS})
    assert (refused.status_code, refused.get_json()["detail"]) == (403, 'The key lacks the scope "events:read".')


def test_what_is_not_there_cannot_be_changed(partner: Partner) -> None:
    answers = [partner.post(f"/webhooks/7/{deed}") for deed in ("rotate", "enable", "test")]
    assert [answer.status_code for answer in [*answers, partner.delete("/webhooks/7")]] == [404] * 4
