"""The OpenAPI 3.1 document, made from the operations and the shapes that they name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from newsletter.web.api.operations import Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import LARGEST_ID, Shape
from newsletter.web.problems import MEDIA_TYPE

_REFERENCE = "#/components/schemas/{model}"
_ALWAYS = (401, 403, 422, 429)
_WITH_BODY = (400, 413, 415)
_DESCRIPTION = (
    "For the newsroom's other systems. Each request carries a key in the header `Authorization: Bearer KEY`; a "
    "key has scopes. What is wrong is told as `application/problem+json` (RFC 9457), one sentence in `detail`."
)


class Fault(Shape):
    """One thing that is wrong. `pointer` is the place by RFC 6901."""

    pointer: str
    detail: str


class Problem(Shape):
    """What is wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence for people.")]
    errors: list[Fault] = Field(default_factory=list)


def written(operations: Iterable[Operation], server: str) -> str:
    """Return the document as JSON, for operations that stand below the address of `server`."""
    all_of_them = tuple(operations)
    references, schemas = _schemas(all_of_them)
    paths: dict[str, dict[str, object]] = {}
    for each in all_of_them:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, references)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Newsletter", "version": version("newsletter"), "description": _DESCRIPTION},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": _security()}},
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _schemas(operations: Iterable[Operation]) -> tuple[Mapping[Any, Any], Mapping[str, Any]]:
    bodies = {each.takes for each in operations if each.has_body}
    answers = {shape for each in operations for shape in each.answers.values() if shape} | {Problem}
    wanted: list[tuple[type[BaseModel], Any]] = [(shape, "validation") for shape in bodies]
    wanted += [(shape, "serialization") for shape in answers]
    references, found = models_json_schema(
        sorted(wanted, key=lambda one: one[0].__name__), ref_template=_REFERENCE
    )
    return {shape: reference for (shape, _), reference in references.items()}, found["$defs"]


def _operation(operation: Operation, references: Mapping[Any, Any]) -> dict[str, object]:
    told: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _described(operation),
        "parameters": [*_ids(operation), *_query(operation), *_conditions(operation)],
        "responses": _answers(operation, references),
        "x-scopes": list(operation.scopes),
    }
    if operation.has_body:
        content = {"application/json": {"schema": references[operation.takes]}}
        must_be = any(field.is_required() for field in operation.takes.model_fields.values())
        told["requestBody"] = {"required": must_be, "content": content}
    return told


def _described(operation: Operation) -> str:
    scopes = " and ".join(f"`{scope}`" for scope in operation.scopes)
    return f"{operation.detail} Needs {scopes}.".strip()


def _ids(operation: Operation) -> list[dict[str, object]]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(operation: Operation) -> list[dict[str, object]]:
    if operation.has_body:
        return []
    schema = operation.takes.model_json_schema(ref_template=_REFERENCE)
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _resolved(told, schema)}
        for name, told in schema.get("properties", {}).items()
    ]


def _resolved(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a parameter's schema with what it points to put in its place."""
    reference = told.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else told


def _conditions(operation: Operation) -> list[dict[str, object]]:
    if 412 not in operation.problems:
        return []
    words = "The ETag of what was read before; when it has changed since, the answer is 412."
    return [{"name": "If-Match", "in": "header", "description": words, "schema": {"type": "string"}}]


def _answers(operation: Operation, references: Mapping[Any, Any]) -> dict[str, object]:
    told: dict[str, object] = {}
    for status, shape in operation.answers.items():
        answer: dict[str, object] = {"description": HTTPStatus(status).phrase}
        if shape:
            answer["content"] = {"application/json": {"schema": references[shape]}}
        if operation.has_etag:
            answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
        told[str(status)] = answer
    for status in sorted({*_ALWAYS, *(_WITH_BODY if operation.has_body else ()), *operation.problems}):
        content = {MEDIA_TYPE: {"schema": references[Problem]}}
        told[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    return told


def _security() -> dict[str, object]:
    scopes = "; ".join(f"`{scope}`: {scope.meaning}" for scope in Scope)
    return {"type": "http", "scheme": "bearer", "description": f"Scopes: {scopes}."}
