"""What editors may write into a field: forms read into values, mistakes told in a sentence. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from newsletter.domain.letter import clean

LONGEST = {"subject": 250, "preheader": 250, "note": 5_000, "headline": 300, "standfirst": 1_000}
LONGEST_URL = 2_000
_SHORT, _LINE = 60, 400


class BadValue(ValueError):
    """The field cannot have this value; the text is one sentence with the mend."""


def text(kind: str, written: str) -> str:
    """Return a text as it is kept: on one line, but for the note. Raises BadValue where it is too long."""
    lines = (clean(line).rstrip() for line in written.splitlines())
    kept = "\n".join(lines).strip() if kind == "note" else _line(written)
    if len(kept) > LONGEST[kind]:
        raise BadValue(f"The {kind} has {len(kept)} characters; {LONGEST[kind]} is the most. Nothing was saved.")
    return kept


def picture(form: Mapping[str, str]) -> dict[str, str]:
    """Return a picture; one without an address is no picture. Raises BadValue."""
    address = url(form.get("picture", ""), "picture")
    alt = _line(form.get("alt", ""))
    if address and not alt:
        raise BadValue("The picture needs a description (alt) for those who do not see it. Nothing was saved.")
    kept = {name: _line(form.get(name, ""))[:_LINE] for name in ("alt", "caption", "credit")}
    return {"url": address, **kept} if address else {"url": ""}


def sponsor(form: Mapping[str, str]) -> dict[str, Any]:
    """Return a sponsor's block. Raises BadValue naming what is missing."""
    label, words = _line(form.get("label", ""))[:_SHORT], _line(form.get("text", ""))[:_LINE]
    shown = picture(form)
    if not label:
        raise BadValue("A sponsor's block needs a label that tells readers what it is, such as “Advertisement”.")
    if not words and not shown["url"]:
        raise BadValue("A sponsor's block needs a text or a picture.")
    start, end = _day(form.get("start", ""), "first"), _day(form.get("end", ""), "last")
    if end < start:
        raise BadValue(f"The last day {end} is before the first, {start}.")
    link = url(form.get("url", ""), "link")
    days = {"start": start.isoformat(), "end": end.isoformat()}
    return {"label": label, "text": words, "url": link, "picture": shown, **days}


def url(written: str, what: str) -> str:
    """Return an http or https address, or nothing where nothing is written. Raises BadValue."""
    address = written.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and address.isprintable()
    if address and (not usable or " " in address or len(address) > LONGEST_URL):
        raise BadValue(f"The {what}'s address must begin with https:// or http:// and have no blanks.")
    return address


def _day(written: str, which: str) -> dt.date:
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise BadValue(f"The {which} day is missing, or is no date.") from None


def _line(written: str) -> str:
    return " ".join(clean(" ".join(written.split())).split())
