"""Puts the API into the web application."""

from __future__ import annotations

from flask import Blueprint, Flask, Response
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.web.api import barring, calling, changing, events, openapi, readers, subscribing, webhooks
from newsletter.web.api.operations import Operation

BASE = "/api/v1"
OPERATIONS: tuple[Operation, ...] = (
    *readers.OPERATIONS,
    *subscribing.OPERATIONS,
    *changing.OPERATIONS,
    *barring.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
)


def register(web: Flask, app: App) -> None:
    """Add everything under /api/v1/ to `web`."""
    api = Blueprint("api", __name__, url_prefix=BASE)
    for operation in OPERATIONS:
        calling.add(web, api, app, operation)
    document = openapi.written(OPERATIONS, app.settings.site.base_url + BASE)

    def described() -> ResponseReturnValue:
        return Response(document, mimetype="application/json")

    api.add_url_rule("/openapi.json", "openapi", described, methods=["GET"])
    web.register_blueprint(api)
