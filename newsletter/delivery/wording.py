"""The words of mail servers, made alike: what differs from reader to reader or from try to try goes. Pure."""

from __future__ import annotations

import re

# The first alternative is kept: the reply code at the beginning of a line, and RFC 3463's status codes.
_PARTS = re.compile(
    r"(?P<kept>^[245]\d\d(?=[ -]|$)|\b[245]\.\d{1,3}\.\d{1,3}\b(?!\.\d))"
    r"|(?P<link>https?://\S+)"
    r"|(?P<address><?[^\s<>@,;:()\"'\[\]]+@[^\s<>@,;:()\"'\[\]]+>?)"
    r"|(?P<host>\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}\b)"
    r"|(?P<id>\b(?=[A-Za-z_.-]*\d)[\w.-]{6,}\b)"
    r"|(?P<number>\d+)",
    re.IGNORECASE | re.MULTILINE,
)
_INSTEAD = {"link": "(link)", "address": "(address)", "host": "(IP)", "id": "(id)", "number": "#"}
_LONGEST = 300


def alike(reply: str) -> str:
    """Return a reply without addresses, numbers and queue ids, so that the same refusal always reads the same."""
    return " ".join(_PARTS.sub(_instead, reply[: 4 * _LONGEST]).split())[:_LONGEST]


def _instead(found: re.Match[str]) -> str:
    return found[0] if found["kept"] else _INSTEAD[found.lastgroup or "number"]
