"""The feed of events, as another system follows it."""

from __future__ import annotations

from flask import Flask

from newsletter.app import App
from newsletter.web.api.scopes import Scope
from tests.web_api.conftest import EMAIL, Partner, with_scopes


def test_the_feed_is_followed_by_its_cursor(partner: Partner) -> None:
    partner.reader()
    first = partner.get("/events", limit=1).get_json()
    assert [(one["type"], one["email"]) for one in first["items"]] == [("subscription.signed_up", EMAIL)]
    second = partner.get("/events", after=first["next"]).get_json()
    assert [one["type"] for one in second["items"]] == ["subscription.confirmed"]
    nothing = partner.get("/events", after=second["next"]).get_json()
    assert nothing == {"items": [], "next": second["next"]}


def test_an_event_says_what_others_may_know(partner: Partner) -> None:
    number = partner.reader(sections=("city",))
    told = partner.get("/events", limit=1).get_json()["items"][0]
    assert told == {
        "id": 1,
        "type": "subscription.signed_up",
        "at": "2026-03-10T16:00:00Z",
        "newsletter": "evening",
        "subscription_id": number,
        "subscriber_id": 1,
        "email": EMAIL,
        "source": "form",
        "source_page": "",
        "key": "",
        "consent_version": "",
        "detail": {"sections": "city"},
    }


def test_the_feed_needs_its_scope(app: App, web: Flask) -> None:
    assert with_scopes(app, web, Scope.READERS_READ).get("/events").status_code == 403
