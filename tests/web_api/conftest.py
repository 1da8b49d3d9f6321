"""The API as another system of the newsroom meets it: a key, an HTTP client, and the register behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.app import App, compose
from newsletter.clock import SetChance, SetClock
from newsletter.settings import Settings
from newsletter.web.api import keys
from newsletter.web.api.scopes import Scope
from newsletter.web.app import create_web
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.models import Notice, SubscriptionEvent
from subscribers.signup import SignUp, confirm, sign_up

EMAIL = "ada@reader.example"


@dataclass
class Partner:
    """Another system with a key."""

    app: App
    http: FlaskClient
    key: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.call("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: object, **headers: str) -> TestResponse:
        return self.call("PATCH", path, json=body, headers=headers)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.key}"} | (headers or {})
        return self.http.open(f"/api/v1{path}", method=method, headers=sent, **more)

    def reader(self, email: str = EMAIL, newsletter: str = "evening", **more: Any) -> int:
        """Sign somebody up and confirm, by the register's own doors."""
        wish, now = SignUp(email, newsletter, **more), self.app.clock.now()
        with self.app.database.writing() as session:
            row = sign_up(session, self.app.tokens, wish, Evidence("form"), now, mails_per_day=3)
            return confirm(session, row.id, Evidence("link"), now).id

    def happened(self) -> list[tuple[str, str, str]]:
        """Return what is in the register's history: event, source, actor."""
        wanted = select(SubscriptionEvent).order_by(SubscriptionEvent.id)
        with self.app.database.reading() as session:
            return [(one.event, one.source, one.actor) for one in session.scalars(wanted)]

    def owed(self) -> list[str]:
        with self.app.database.reading() as session:
            return list(session.scalars(select(Notice.kind).order_by(Notice.id)))


@pytest.fixture
def app(settings: Settings, database: Database, clock: SetClock, chance: SetChance) -> Iterator[App]:
    app = compose(settings, clock, chance)
    app.database.dispose()
    yield replace(app, database=database)


@pytest.fixture
def web(app: App) -> Flask:
    return create_web(app)


@pytest.fixture
def partner(app: App, web: Flask) -> Partner:
    """A system that may do everything."""
    return with_scopes(app, web, *Scope)


def with_scopes(app: App, web: Flask, *scopes: Scope, name: str = "shop") -> Partner:
    with app.database.writing() as session:
        _, key = keys.create(session, app.chance, name, scopes, app.clock.now(), actor="cli")
    return Partner(app, web.test_client(), key)
