"""Keys: who comes in, what each may do, and what is kept of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.web.api import keys
from newsletter.web.api.scopes import Scope, UnknownScope
from newsletter.web.api.tables import ApiKey
from tests.web_api.conftest import Partner, with_scopes


def test_without_a_key_nobody_comes_in(partner: Partner) -> None:
    refused = partner.http.get("/api/v1/subscribers")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["detail"] == "A key is needed, in the header Authorization: Bearer KEY."


@pytest.mark.parametrize("key", ["nl_", "nl_000001.wrong", "x" * 300, "\x7f", "é", ""])
def test_a_key_that_is_none_is_refused(partner: Partner, key: str) -> None:
    partner.key = key
    assert partner.get("/subscribers").status_code == 401


def test_a_key_is_taken_from_its_header_alone(partner: Partner) -> None:
    partner.http.set_cookie("Authorization", f"Bearer {partner.key}")
    assert partner.http.get(f"/api/v1/subscribers?key={partner.key}").status_code == 401


def test_a_scope_that_is_missing_is_named(app: App, web: Flask) -> None:
    refused = with_scopes(app, web, Scope.EVENTS_READ).get("/subscribers")
    assert refused.status_code == 403
    assert refused.get_json()["detail"] == 'The key lacks the scope "readers:read".'
    assert 'scope="readers:read"' in refused.headers["WWW-Authenticate"]


def test_a_revoked_key_ends_at_once(partner: Partner) -> None:
    assert partner.get("/subscribers").status_code == 200
    with partner.app.database.writing() as session:
        keys.revoke(session, "shop", partner.app.clock.now(), actor="cli")
    assert partner.get("/subscribers").status_code == 401


def test_only_a_hash_is_kept(partner: Partner) -> None:
    with partner.app.database.reading() as session:
        row = session.scalars(select(ApiKey)).one()
    secret = partner.key.partition(".")[2]
    assert secret not in "".join(map(str, vars(row).values()))
    assert partner.key.startswith(row.prefix)


def test_its_last_use_is_known_to_the_hour(partner: Partner, clock: SetClock) -> None:
    first = clock.now()
    for minutes, noted in ((0, first), (59, first), (61, first + timedelta(minutes=61))):
        clock.moment = first + timedelta(minutes=minutes)
        partner.get("/subscribers")
        with partner.app.database.reading() as session:
            assert session.scalars(select(ApiKey.last_used_at)).one() == noted


def test_whoever_guesses_has_to_wait(partner: Partner) -> None:
    partner.key = "nl_000001.guess"
    answers = [partner.get("/subscribers").status_code for _ in range(32)]
    assert answers == [401] * 30 + [429] * 2
    assert partner.get("/subscribers").headers["Retry-After"] == "60"


def test_one_key_has_one_measure_for_everything(partner: Partner) -> None:
    partner.http.application.config["API_LIMIT"] = "2 per minute"
    answers = [partner.get(path).status_code for path in ("/subscribers", "/events", "/webhooks")]
    assert answers == [200, 200, 429]


def test_a_name_is_used_once(partner: Partner) -> None:
    with partner.app.database.writing() as session, pytest.raises(keys.KeyRefused, match="choose another name"):
        keys.create(session, partner.app.chance, " shop ", ["readers:read"], partner.app.clock.now(), actor="cli")


@pytest.mark.parametrize("scopes", [["readers:all"], []])
def test_a_scope_must_be_known(partner: Partner, scopes: list[str]) -> None:
    with partner.app.database.writing() as session, pytest.raises(UnknownScope, match="there are: readers:read"):
        keys.create(session, partner.app.chance, "crm", scopes, partner.app.clock.now(), actor="cli")
