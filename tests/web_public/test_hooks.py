"""Webhooks at the web application's door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.feedback.forged import forged_since
from newsletter.feedback.tables import Incoming, IncomingState
from newsletter.settings import FeedbackSettings, Settings, WebhookSettings
from newsletter.web.app import create_web
from subscribers.database import Base
from tests.feedback.conformance import NOW
from tests.feedback.test_mailgun import KEY, event, signed


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    feedback = FeedbackSettings(webhooks=(WebhookSettings("mailgun", KEY),))
    app = compose(replace(settings, feedback=feedback), SetClock(NOW), SetChance())
    Base.metadata.create_all(app.database.engine)
    yield app
    app.database.dispose()


@pytest.fixture
def http(app: App) -> FlaskClient:
    return create_web(app).test_client()


def kept(app: App) -> int:
    with app.database.reading() as session:
        return session.scalar(select(func.count(Incoming.id))) or 0


def test_a_genuine_request_is_kept_and_answered_at_once(app: App, http: FlaskClient) -> None:
    answer = http.post("/hooks/mailgun", data=signed(event("delivered")).body)
    assert (answer.status_code, answer.data) == (200, b"")
    with app.database.reading() as session:
        assert session.scalars(select(Incoming.state)).all() == [IncomingState.WAITING]


def test_a_replayed_request_is_answered_alike_and_kept_once(app: App, http: FlaskClient) -> None:
    body = signed(event("delivered")).body
    assert [http.post("/hooks/mailgun", data=body).status_code for _ in range(3)] == [200] * 3
    assert kept(app) == 1


def test_a_forged_request_is_refused_counted_and_not_kept(app: App, http: FlaskClient) -> None:
    body = signed(event("complained"), key="a-guess").body
    assert [http.post("/hooks/mailgun", data=body).status_code for _ in range(3)] == [403] * 3
    assert kept(app) == 0
    with app.database.reading() as session:
        assert forged_since(session, NOW) == {"mailgun": 3}


def test_an_unknown_event_is_kept_and_acknowledged(app: App, http: FlaskClient) -> None:
    assert http.post("/hooks/mailgun", data=signed(event("news of theirs")).body).status_code == 200
    assert app.inbox().work_off(lambda: False).total() == 1
    with app.database.reading() as session:
        assert session.scalars(select(Incoming.state)).all() == [IncomingState.DONE]


@pytest.mark.parametrize(("path", "status"), [("/hooks/brevo", 404), ("/hooks/", 404), ("/hooks/../mailgun", 404)])
def test_what_is_not_configured_is_not_there(http: FlaskClient, path: str, status: int) -> None:
    assert http.post(path, data=b"{}").status_code == status


def test_looking_changes_nothing(http: FlaskClient) -> None:
    assert http.get("/hooks/mailgun").status_code == 405


def test_a_large_batch_is_taken_and_an_endless_one_refused(app: App, http: FlaskClient) -> None:
    body = json.loads(signed(event("delivered")).body)
    body["event-data"]["padding"] = "x" * 2_000_000
    assert http.post("/hooks/mailgun", data=json.dumps(body).encode()).status_code == 200
    assert http.post("/hooks/mailgun", data=b"x" * 6_000_000).status_code == 413


def test_a_burst_is_kept_first_and_worked_off_after(app: App, http: FlaskClient) -> None:
    for number in range(250):
        posted = signed(event("delivered", id=f"event-{number}"), token=f"token-{number}")
        assert http.post("/hooks/mailgun", data=posted.body).status_code == 200
    assert kept(app) == 250
    assert app.inbox().work_off(lambda: False).total() == 250
