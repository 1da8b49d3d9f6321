"""What a request says, taken by the shape that its operation expects; every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flask import Request
from pydantic import ValidationError

from newsletter.web.api.operations import Operation
from newsletter.web.api.shapes import Given
from newsletter.web.problems import Problem

_Shape = TypeVar("_Shape", bound=Given)
_SENTENCES = {
    "bool_type": "must be true or false",
    "datetime_from_date_parsing": "must be a moment such as 2026-03-10T18:00:00Z",
    "datetime_parsing": "must be a moment such as 2026-03-10T18:00:00Z",
    "datetime_type": "must be a moment such as 2026-03-10T18:00:00Z",
    "enum": "must be one of {expected}",
    "extra_forbidden": "has no meaning here; is it misspelt?",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "missing": "is missing",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_long": "may have at most {max_length} characters",
    "string_too_short": "needs at least {min_length} characters",
    "string_type": "must be a text",
    "string_unicode": "is not Unicode text",
    "timezone_aware": "must say its offset from UTC, such as 2026-03-10T18:00:00Z",
    "too_long": "may have at most {max_length} entries",
    "too_short": "needs at least {min_length} entries",
    "value_error": "{error}",
}


def given(operation: Operation, request: Request) -> Given:
    """Return what the operation is given. Raises Problem."""
    if not operation.has_body:
        return _query(operation.takes, request)
    if request.args:
        raise _refused("query", [_fault([name], "has no meaning here") for name in request.args])
    if not request.get_data() and not request.content_type:
        return _parsed(operation.takes, b"{}")  # where nothing must be said, nothing need be sent
    return body(operation.takes, request)


def _query(shape: type[Given], request: Request) -> Given:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise _refused("query", [_fault([name], "stands there twice") for name in twice])
    try:
        return shape.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise _refused("query", _faults(error)) from None


def body(shape: type[_Shape], request: Request) -> _Shape:
    """Return what the request's JSON body holds. Raises Problem."""
    if request.mimetype != "application/json":
        raise Problem(415, "The body must be JSON, with the header Content-Type: application/json.")
    return _parsed(shape, request.get_data())


def _parsed(shape: type[_Shape], body: bytes) -> _Shape:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            raise Problem(400, "The body is not JSON in UTF-8.") from None
        raise _refused("body", _faults(error)) from None


def _refused(place: str, faults: Sequence[Mapping[str, str]]) -> Problem:
    first = faults[0]
    name = first["pointer"].removeprefix("/") or place
    more = f" ({len(faults)} faults in all)" if len(faults) > 1 else ""
    return Problem(422, f"In the {place}, {name} {first['detail']}{more}.", faults)


def _faults(error: ValidationError) -> list[dict[str, str]]:
    return [_fault(one["loc"], _sentence(one["type"], one["msg"], one.get("ctx", {}))) for one in error.errors()]


def _fault(place: Sequence[Any], sentence: str) -> dict[str, str]:
    """Return one fault; `pointer` says where by RFC 6901."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
    return {"pointer": "".join(f"/{step}" for step in steps), "detail": sentence}


def _sentence(kind: str, otherwise: str, context: Mapping[str, Any]) -> str:
    wording = _SENTENCES.get(kind)
    return wording.format_map(dict(context)) if wording else otherwise[:1].lower() + otherwise[1:]
