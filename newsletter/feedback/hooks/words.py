"""JSON of a stranger's making, taken apart without failing on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from newsletter.feedback.hooks.hook import Forged
from newsletter.feedback.report import NotUnderstood


def parsed(body: bytes, trouble: type[Forged | NotUnderstood] = NotUnderstood) -> Any:
    """Return what the body says. Raises `trouble` where it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise trouble("the body is no JSON") from None


def mapping(found: object, key: str) -> Mapping[str, Any]:
    """Return the object under the key, an empty one where there is none."""
    inner = found.get(key) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def known(found: object, key: str) -> Mapping[str, Any]:
    """Return the object under the key. Raises NotUnderstood where there is none."""
    inner = mapping(found, key)
    if not inner:
        raise NotUnderstood(f"the body has no {key}")
    return inner


def moment(written: str) -> datetime:
    """Return an aware UTC moment from seconds since 1970 or from ISO 8601; that of 1970 where it is none."""
    try:
        return datetime.fromtimestamp(float(written), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def text(found: Mapping[str, Any], key: str) -> str:
    """Return the text under the key, empty where there is none."""
    value = found.get(key)
    return (
        value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)
    )
