"""The API on PostgreSQL, from the first form to the last goodbye."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from newsletter.app import App
from newsletter.web.api.scopes import Scope
from newsletter.web.app import create_web
from subscribers.database import Database
from tests.web_api.conftest import EMAIL, Partner, with_scopes

WISH = {"email": EMAIL, "newsletter": "evening", "sections": ["city"]}

pytestmark = pytest.mark.postgres


@pytest.fixture
def clerk(app: App, postgresql: Database) -> Partner:
    on_postgresql = replace(app, database=postgresql)
    return with_scopes(on_postgresql, create_web(on_postgresql), *Scope)


def test_a_reader_comes_chooses_leaves_and_is_forgotten(clerk: Partner) -> None:
    number = clerk.post("/subscriptions", WISH | {"confirmed": True, "consent": "at the fair"}).get_json()["id"]
    found = clerk.get("/subscribers", email=EMAIL, state="active", newsletter="evening").get_json()["items"]
    mark = clerk.get(f"/subscriptions/{number}").headers["ETag"]
    changed = clerk.patch(f"/subscriptions/{number}", {"hour": 7}, **{"If-Match": mark})
    left = clerk.post(f"/subscriptions/{number}/unsubscribe", {"reason": "too many"})
    gone = clerk.delete(f"/subscribers/{found[0]['id']}")
    assert [answer.status_code for answer in (changed, left, gone)] == [200, 200, 204]
    types = [one["type"].partition(".")[2] for one in clerk.get("/events").get_json()["items"]]
    assert types == ["imported", "preferences_changed", "unsubscribed", "erased"]


@pytest.mark.parametrize("text", ["A\u0000da", "\ud800"])
def test_what_the_database_cannot_keep_is_refused_before_it(clerk: Partner, text: str) -> None:
    assert clerk.post("/subscriptions", WISH | {"name": text}).status_code in {400, 422}
    assert clerk.get("/subscribers", newsletter=text.encode("utf-8", "replace")).status_code in {200, 422}
    assert clerk.get("/events", after=2**31).status_code == 422


def test_whoever_asks_twice_at_once_makes_one_subscription_and_one_mail(clerk: Partner) -> None:
    def ask(_: int) -> int:
        mine = Partner(clerk.app, clerk.http.application.test_client(), clerk.key)
        return mine.post("/subscriptions", WISH).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(8))) <= {200, 201}
    assert len(clerk.get("/subscribers").get_json()["items"]) == 1
    assert clerk.owed() == ["confirmation"]


def test_a_change_is_lost_to_nobody(clerk: Partner) -> None:
    number = clerk.reader()
    mark = clerk.get(f"/subscriptions/{number}").headers["ETag"]

    def change(hour: int) -> int:
        mine = Partner(clerk.app, clerk.http.application.test_client(), clerk.key)
        return mine.patch(f"/subscriptions/{number}", {"hour": hour}, **{"If-Match": mark}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, range(4))) == [200, 412, 412, 412]
