"""Changing what readers chose, ending, barring, forgetting."""

from __future__ import annotations

import pytest

from subscribers.models import SuppressionReason
from subscribers.suppression import is_suppressed, suppress
from tests.web_api.conftest import EMAIL, Partner


def test_what_is_left_out_stays(partner: Partner) -> None:
    number = partner.reader(sections=("city",), name="Ada")
    changed = partner.patch(
        f"/subscriptions/{number}",
        {"frequency": "weekly", "hour": 7, "time_zone": "Asia/Tokyo", "paused_until": "2026-04-01T06:00:00+02:00"},
    ).get_json()
    assert (changed["sections"], changed["frequency"], changed["hour"]) == (["city"], "weekly", 7)
    assert changed["paused_until"] == "2026-04-01T04:00:00Z"
    assert (changed["subscriber"]["name"], changed["subscriber"]["time_zone"]) == ("Ada", "Asia/Tokyo")
    events = [("preferences_changed", "api", "shop"), ("paused", "api", "shop")]
    assert partner.happened()[2:] == events


def test_null_means_the_newsletters_own(partner: Partner) -> None:
    number = partner.reader(sections=("city",))
    partner.patch(f"/subscriptions/{number}", {"hour": 7, "paused_until": "2026-04-01T06:00:00Z"})
    emptied = partner.patch(f"/subscriptions/{number}", {"hour": None, "paused_until": None, "sections": []})
    shown = emptied.get_json()
    assert (shown["hour"], shown["paused_until"], shown["sections"]) == (None, None, [])


def test_a_change_that_another_made_meanwhile_is_not_overwritten(partner: Partner) -> None:
    number = partner.reader()
    mark = partner.get(f"/subscriptions/{number}").headers["ETag"]
    first = partner.patch(f"/subscriptions/{number}", {"hour": 7}, **{"If-Match": mark})
    assert first.status_code == 200
    lost = partner.patch(f"/subscriptions/{number}", {"hour": 9}, **{"If-Match": mark})
    assert lost.status_code == 412
    assert partner.get(f"/subscriptions/{number}").get_json()["hour"] == 7
    now = partner.patch(f"/subscriptions/{number}", {"hour": 9}, **{"If-Match": first.headers["ETag"]})
    assert now.get_json()["hour"] == 9


@pytest.mark.parametrize("until", ["2026-03-10T15:00:00Z", "2036-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_pause_lies_ahead(partner: Partner, until: str) -> None:
    refused = partner.patch(f"/subscriptions/{partner.reader()}", {"paused_until": until})
    assert (refused.status_code, "coming 731 days" in refused.text) == (422, True)


def test_who_left_chooses_nothing_more(partner: Partner) -> None:
    number = partner.reader()
    left = partner.post(f"/subscriptions/{number}/unsubscribe")
    assert left.get_json()["state"] == "unsubscribed"
    assert partner.post(f"/subscriptions/{number}/unsubscribe").status_code == 200
    assert partner.happened()[2:] == [("unsubscribed", "api", "shop")]
    assert partner.patch(f"/subscriptions/{number}", {"hour": 7}).status_code == 409


def test_who_is_forgotten_is_gone_from_everything(partner: Partner) -> None:
    partner.reader(name="Ada")
    assert partner.delete("/subscribers/1").status_code == 204
    assert partner.delete("/subscribers/1").status_code == 404
    feed = partner.get("/events")
    assert "ada" not in feed.text.lower()
    last = feed.get_json()["items"][-1]
    assert (last["type"], last["email"], last["key"]) == ("subscription.erased", None, "shop")
    again = {"email": EMAIL, "newsletter": "evening", "confirmed": True, "consent": "at the fair"}
    assert partner.post("/subscriptions", again).status_code == 409


def test_an_address_is_barred_and_let_go(partner: Partner) -> None:
    def is_barred() -> bool:
        with partner.app.database.reading() as session:
            return is_suppressed(session, partner.app.tokens, EMAIL)

    assert partner.post("/suppressions", {"email": "ADA@reader.example"}).status_code == 204
    assert is_barred()
    assert partner.post("/suppressions/lift", {"email": EMAIL}).status_code == 204
    assert not is_barred()


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.ERASED])
def test_what_a_reader_asked_for_is_not_lifted_here(partner: Partner, reason: SuppressionReason) -> None:
    with partner.app.database.writing() as session:
        suppress(session, partner.app.tokens, EMAIL, reason, partner.app.clock.now())
    assert partner.post("/suppressions/lift", {"email": EMAIL}).status_code == 409
