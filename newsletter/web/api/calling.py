"""The way of every request: whose key is it, may it, what does it say; then the operation, then its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.web.api import keys
from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.reading import given
from newsletter.web.api.shapes import LARGEST_ID
from newsletter.web.problems import Problem, answer
from newsletter.web.throttling import limiter_of

REFUSED_TRIES = "30 per 5 minutes"  # keys that are none, from one network address
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="newsletter"'}

log = structlog.get_logger("newsletter.api")


def add(web: Flask, api: Blueprint, app: App, operation: Operation) -> None:
    """Let the operation be called."""
    view = _view(app, operation)
    limiter = limiter_of(web)
    often = limiter.shared_limit(lambda: str(web.config["API_LIMIT"]), "api", key_func=_whose)
    guessing = limiter.shared_limit(REFUSED_TRIES, "keys of the api", deduct_when=_was_unknown)
    rule = operation.path.replace("{", "<int:").replace("}", ">")
    api.add_url_rule(rule, operation.name, guessing(often(view)), methods=[operation.method])


def _view(app: App, operation: Operation) -> Callable[..., ResponseReturnValue]:
    def view(**ids: int) -> ResponseReturnValue:
        try:
            call = Call(app, _caller(app), ids, request.headers.get("If-Match", ""))
            call.require(*operation.scopes)
            _require_possible(ids)
            return _written(operation.perform(call, given(operation, request)))
        except Problem as problem:
            return answer(problem)

    view.__name__ = operation.name  # by which the limiter tells views apart
    return view


def _require_possible(ids: Mapping[str, int]) -> None:
    if any(number > LARGEST_ID for number in ids.values()):
        raise Problem(404, "There is nothing of so high a number.")


def _caller(app: App) -> keys.Caller:
    """Return whose key the request carries, in the header of RFC 6750, section 2.1, and nowhere else."""
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Problem(401, "A key is needed, in the header Authorization: Bearer KEY.", headers=_CHALLENGE)
    now = app.clock.now()
    with app.database.reading() as session:
        caller = keys.recognise(session, sent.token)
    if caller is None:
        log.warning("a key is refused", key=keys.public_part(sent.token), network_address=request.remote_addr)
        challenge = {"WWW-Authenticate": 'Bearer realm="newsletter", error="invalid_token"'}
        raise Problem(401, "The key is unknown, or was revoked.", headers=challenge)
    if keys.is_worth_noting(caller, now):
        with app.database.writing() as session:
            keys.note_use(session, caller, now)
    return caller


def _written(given: Answer) -> Response:
    body = given.shape.model_dump_json() if given.shape else ""
    response = Response(body, given.status, mimetype="application/json" if given.shape else None)
    response.headers["Cache-Control"] = "no-store"
    if given.etag:
        response.set_etag(given.etag)
    if not given.shape:
        response.headers.pop("Content-Type", None)
    return response


def _whose() -> str:
    sent = request.authorization
    return keys.fingerprint(sent.token) if sent and sent.token else str(request.remote_addr)


def _was_unknown(response: Response) -> bool:
    return response.status_code == 401
