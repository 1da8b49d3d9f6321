"""`tag=value; …` as DKIM and DMARC records are written (RFC 6376, section 3.2). Pure."""

from __future__ import annotations


def tags(text: str) -> dict[str, str]:
    """Return the tags by their names in lower case, their values without white space; the first of a name wins."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), "".join(value.split()))
    return found
