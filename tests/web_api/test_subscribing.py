"""Signing readers up, with a confirmation mail or with consent that was given elsewhere."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import App
from newsletter.web.api.scopes import Scope
from subscribers.models import SubscriptionEvent, SuppressionReason
from subscribers.suppression import suppress
from tests.web_api.conftest import EMAIL, Partner, with_scopes

WISH = {"email": EMAIL, "newsletter": "evening", "sections": ["sport", "city"], "name": "Ada"}
PROOF = {"confirmed": True, "consent": "Ticked the box at the fair, 3 May"}


def test_who_is_signed_up_gets_a_confirmation_mail(partner: Partner) -> None:
    made = partner.post("/subscriptions", WISH | {"page": "https://ledger.example/fair", "hour": 1})
    assert made.status_code == 422
    made = partner.post("/subscriptions", WISH | {"page": "https://ledger.example/fair"})
    assert made.status_code == 201
    shown = made.get_json()
    assert (shown["state"], shown["sections"]) == ("pending", ["city", "sport"])
    assert partner.happened() == [("signed_up", "api", "shop")]
    assert partner.owed() == ["confirmation"]


def test_asking_again_changes_nothing_and_sends_nothing(partner: Partner) -> None:
    first = partner.post("/subscriptions", WISH)
    again = partner.post("/subscriptions", WISH | {"sections": []})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json()
    assert len(partner.happened()) == len(partner.owed()) == 1


def test_a_confirmation_is_sent_again_when_that_is_asked_for(partner: Partner) -> None:
    number = partner.post("/subscriptions", WISH).get_json()["id"]
    assert partner.post(f"/subscriptions/{number}/confirmation").status_code == 200
    assert [event for event, _, _ in partner.happened()] == ["signed_up", "signed_up"]
    assert partner.get(f"/subscriptions/{number}").get_json()["sections"] == ["city", "sport"]
    other = partner.reader("mia@reader.example")
    refused = partner.post(f"/subscriptions/{other}/confirmation")
    assert (refused.status_code, "is active" in refused.text) == (409, True)


def test_consent_given_elsewhere_makes_a_reader_at_once_and_is_kept(partner: Partner) -> None:
    made = partner.post("/subscriptions", WISH | PROOF)
    assert (made.status_code, made.get_json()["state"]) == (201, "active")
    assert partner.owed() == []
    with partner.app.database.reading() as session:
        event = session.scalars(select(SubscriptionEvent)).one()
    assert (event.event, event.source, event.actor) == ("imported", "api", "shop")
    assert event.consent_text == PROOF["consent"]
    assert partner.post("/subscriptions", WISH | PROOF).status_code == 200


def test_consent_given_elsewhere_needs_its_words_and_its_scope(partner: Partner, app: App, web: Flask) -> None:
    refused = partner.post("/subscriptions", WISH | {"confirmed": True})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/consent"
    clerk = with_scopes(app, web, Scope.READERS_WRITE, name="clerk")
    refused = clerk.post("/subscriptions", WISH | PROOF)
    assert (refused.status_code, "readers:import" in refused.text) == (403, True)
    assert clerk.happened() == []


def test_who_left_is_not_brought_back(partner: Partner) -> None:
    number = partner.reader()
    partner.post(f"/subscriptions/{number}/unsubscribe", {"reason": "too many"})
    refused = partner.post("/subscriptions", WISH | PROOF)
    assert (refused.status_code, "only the reader" in refused.text) == (409, True)
    assert partner.post("/subscriptions", WISH).get_json()["state"] == "pending"


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_who_is_suppressed_is_not_brought_in(partner: Partner, reason: SuppressionReason) -> None:
    with partner.app.database.writing() as session:
        suppress(session, partner.app.tokens, EMAIL, reason, partner.app.clock.now())
    assert partner.post("/subscriptions", WISH | PROOF).status_code == 409
    assert partner.get("/subscribers").get_json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer", "sentence"),
    [
        ({"email": "ada"}, "/email", "An e-mail address must have an @-sign."),
        ({"newsletter": "morning"}, "/newsletter", "must be one of: evening"),
        ({"sections": ["weather"]}, "/sections", 'has "weather", which the newsletter has not'),
        ({"time_zone": "Mars/Olympus"}, "/time_zone", "must be a time zone by its IANA name"),
        ({"language": "English"}, "/language", "must match"),
        ({"frequency": "hourly"}, "/frequency", "must be one of 'daily', 'weekdays' or 'weekly'"),
        ({"name": "A\u0000da"}, "/name", "must hold no control characters"),
        ({"sections": "city"}, "/sections", "must be a list"),
        ({"nickname": "Ada"}, "/nickname", "has no meaning here"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    partner: Partner, wrong: dict[str, object], pointer: str, sentence: str
) -> None:
    refused = partner.post("/subscriptions", WISH | wrong)
    assert refused.status_code == 422
    (fault,) = refused.get_json()["errors"]
    assert fault["pointer"] == pointer
    assert sentence in fault["detail"]
    assert partner.happened() == []


def test_a_body_must_be_json_and_small(partner: Partner) -> None:
    form = partner.call("POST", "/subscriptions", data={"email": EMAIL})
    broken = partner.call("POST", "/subscriptions", data=b'{"email": ', content_type="application/json")
    large = partner.post("/subscriptions", WISH | {"name": "A" * 70_000})
    assert [each.status_code for each in (form, broken, large)] == [415, 400, 413]
    assert {each.mimetype for each in (form, broken, large)} == {"application/problem+json"}
