"""Looking readers up."""

from __future__ import annotations

from typing import Any

from subscribers.models import Subscriber, SuppressionReason
from subscribers.suppression import suppress
from tests.web_api.conftest import EMAIL, Partner


def test_a_reader_is_found_by_any_spelling_of_the_address(partner: Partner) -> None:
    number = partner.reader(sections=("city",), name="Ada")
    found = partner.get("/subscribers", email="ADA@reader.example").get_json()
    assert found["next"] is None
    assert [(one["email"], one["name"]) for one in found["items"]] == [(EMAIL, "Ada")]
    assert found["items"][0]["subscriptions"] == [
        {
            "id": number,
            "newsletter": "evening",
            "state": "active",
            "sections": ["city"],
            "frequency": "daily",
            "hour": None,
            "paused_until": None,
            "created_at": "2026-03-10T16:00:00Z",
            "changed_at": "2026-03-10T16:00:00Z",
        }
    ]
    assert partner.get("/subscribers", email="nobody").get_json()["items"] == []


def test_a_list_is_read_page_by_page(partner: Partner) -> None:
    for number in range(5):
        partner.reader(f"reader{number}@home.example")
    seen: list[str] = []
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        page = partner.get("/subscribers", limit=2, after=page["next"]).get_json()
        seen += [one["email"] for one in page["items"]]
    assert seen == [f"reader{number}@home.example" for number in range(5)]


def test_a_list_is_narrowed_by_one_subscription(partner: Partner) -> None:
    partner.reader()
    partner.reader("mia@reader.example", "weekly")
    found = partner.get("/subscribers", newsletter="weekly", state="active").get_json()
    assert [one["email"] for one in found["items"]] == ["mia@reader.example"]
    assert partner.get("/subscribers", newsletter="weekly", state="pending").get_json()["items"] == []


def test_who_is_suppressed_is_shown_with_the_reason_alone(partner: Partner) -> None:
    partner.reader()
    with partner.app.database.writing() as session:
        now = partner.app.clock.now()
        suppress(session, partner.app.tokens, EMAIL, SuppressionReason.BY_HAND, now, note="a letter of 3 May")
    shown = partner.get("/subscribers/1")
    assert shown.get_json()["suppressed"] == "by_hand"
    assert "3 May" not in shown.text


def test_who_was_erased_is_nobody(partner: Partner) -> None:
    number = partner.reader()
    with partner.app.database.writing() as session:
        gone = session.get_one(Subscriber, 1)
        gone.email, gone.erased_at = "", partner.app.clock.now()
    assert partner.get("/subscribers/1").status_code == 404
    assert partner.get(f"/subscriptions/{number}").status_code == 404
    assert partner.get("/subscribers").get_json()["items"] == []


def test_what_has_no_meaning_is_refused_with_its_place(partner: Partner) -> None:
    refused = partner.get("/subscribers", limit="many", sort="name")
    assert refused.status_code == 422
    assert {one["pointer"]: one["detail"] for one in refused.get_json()["errors"]} == {
        "/limit": "must be a whole number",
        "/sort": "has no meaning here; is it misspelt?",
    }


def test_what_is_not_there_is_told_as_to_programs(partner: Partner) -> None:
    for missing in (
        partner.get("/subscribers/7"),
        partner.get("/nowhere"),
        partner.get("/subscribers/99999999999"),
    ):
        assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")
    wrong = partner.delete("/subscribers")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]
