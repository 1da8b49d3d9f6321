"""Errors as programs read them: `application/problem+json` by RFC 9457, with one clear sentence in `detail`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = "60"  # seconds
_SENTENCES = {
    400: "The request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is larger than 64 KB.",
    415: "The body must be JSON, with the header Content-Type: application/json.",
    429: "There were too many requests; please wait before the next one.",
    500: "Something went wrong here, and nothing was changed.",
}


class Problem(Exception):
    """A request that can't be answered as asked. `errors` names each fault of the body or the query.

    `members` are what else a program may use (RFC 9457, section 3.2).
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers or {}
        self.members = members or {}


def answer(problem: Problem) -> Response:
    """Return the answer that tells a program what is wrong."""
    told: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        told["errors"] = list(problem.errors)
    told |= problem.members
    response = Response(json.dumps(told, ensure_ascii=False), problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(problem.headers)
    return response


def of(error: HTTPException) -> Response:
    """Return the answer for what went wrong before or beside a page of ours."""
    status = error.code or 500
    response = answer(Problem(status, _SENTENCES.get(status) or error.description or "The request failed."))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = _RETRY_AFTER
    return response
