"""Puts the API for sign-ups into the web application."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from newsletter.app import App
from newsletter.web import problems
from newsletter.web.api.reading import body
from newsletter.web.problems import Problem
from newsletter.web.signup_api import openapi
from newsletter.web.signup_api.offering import offers
from newsletter.web.signup_api.origins import let_in
from newsletter.web.signup_api.shapes import Wish
from newsletter.web.signup_api.wishing import take

BASE = "/api/signup"


def register(web: Flask, app: App) -> None:
    """Add everything under /api/signup to `web`."""
    api = Blueprint("signup_api", __name__, url_prefix=BASE)
    document = openapi.written(app.settings.site.base_url)
    api.add_url_rule("", "sign_up", _sign_up, methods=["POST"])
    api.add_url_rule("/newsletters", "newsletters", _newsletters, methods=["GET"])
    api.add_url_rule("/openapi.json", "openapi", lambda: _json(document), methods=["GET"])
    api.register_error_handler(Problem, problems.answer)
    api.after_request(let_in)
    web.register_blueprint(api)


def _sign_up() -> ResponseReturnValue:
    return _json(_written(take(body(Wish, request))), 202)


def _newsletters() -> ResponseReturnValue:
    return _json(_written(offers()))


def _written(shape: BaseModel) -> str:
    return shape.model_dump_json()


def _json(text: str, status: int = 200) -> Response:
    response = Response(text, status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
