"""The OpenAPI 3.1 document of signing up, made from the shapes."""

from __future__ import annotations

import json
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from newsletter.web.problems import MEDIA_TYPE
from newsletter.web.signup_api.shapes import Accepted, Offers, Refusal, Wish

_DESCRIPTION = (
    "For a site's own front end. It needs no key and takes no cookie; the answer is the same for every address. "
    "Scripts of other sites are let in by `[signup] origins`. Sentences for readers come in the language that "
    "`Accept-Language` or `?lang=` asks for."
)
_SHAPES: list[tuple[type[BaseModel], JsonSchemaMode]] = [
    (Wish, "validation"),
    (Accepted, "serialization"),
    (Offers, "serialization"),
    (Refusal, "validation"),  # members that are empty are left out
]
_REFUSED = (400, 409, 413, 415, 422, 429)


def written(server: str) -> str:
    """Return the document as JSON, for an API that stands at the address of `server`."""
    references, found = models_json_schema(_SHAPES, ref_template="#/components/schemas/{model}")
    schema = {shape: reference for (shape, _), reference in references.items()}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Signing up", "version": version("newsletter"), "description": _DESCRIPTION},
        "servers": [{"url": server}],
        "paths": {
            "/api/signup": {"post": _sign_up(schema)},
            "/api/signup/newsletters": {"get": _newsletters(schema)},
        },
        "components": {"schemas": found["$defs"]},
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _sign_up(schema: dict[Any, Any]) -> dict[str, object]:
    refused = {str(status): _answer(status, MEDIA_TYPE, schema[Refusal]) for status in _REFUSED}
    return {
        "operationId": "signUp",
        "summary": "Ask for newsletters.",
        "description": "Owes a mail with a link; nothing is subscribed before the button there is pressed.",
        "parameters": _LANGUAGE,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema[Wish]}}},
        "responses": {"202": _answer(202, "application/json", schema[Accepted])} | refused,
    }


def _newsletters(schema: dict[Any, Any]) -> dict[str, object]:
    return {
        "operationId": "listNewsletters",
        "summary": "What can be subscribed to, and the words of consent.",
        "parameters": _LANGUAGE,
        "responses": {"200": _answer(200, "application/json", schema[Offers])},
    }


def _answer(status: int, media_type: str, schema: object) -> dict[str, object]:
    return {"description": HTTPStatus(status).phrase, "content": {media_type: {"schema": schema}}}


_LANGUAGE = [
    {"name": "lang", "in": "query", "description": "A language tag such as de.", "schema": {"type": "string"}}
]
