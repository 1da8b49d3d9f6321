"""How single values are written in `config.toml`. Each function returns the value or raises `Expected`, pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from email_validator import EmailNotValidError, validate_email

from newsletter.settings import Limit

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_SETS = {"daily": frozenset(range(7)), "weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}
_SECONDS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86400, "week": 604800}
_BYTES = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_LIMIT = re.compile(r"\s*(\d{1,9})\s+per\s+(.+)", re.IGNORECASE)
_MOST = 1_000_000
_LONGEST_WINDOW = 31 * 86_400  # seconds
_Word = TypeVar("_Word", bound=StrEnum)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Expected(Exception):
    """The value is not what belongs here; the text says what does."""


def text(value: object) -> str:
    """Return text with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise Expected("a text that is not empty")
    return value.strip()


def any_text(value: object) -> str:
    """Return text, which may be empty."""
    if not isinstance(value, str):
        raise Expected("a text")
    return value.strip()


def whole(least: int, most: int) -> Callable[[object], int]:
    """Return a reader of whole numbers within bounds."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Expected(f"a whole number from {least} to {most}")
        return value

    return read


def number(least: float, most: float) -> Callable[[object], float]:
    """Return a reader of numbers within bounds, whole or not."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise Expected(f"a number from {least:,g} to {most:,.10g}")
        return float(value)

    return read


def one_of(kinds: type[_Word]) -> Callable[[object], _Word]:
    """Return a reader of an enumeration's words."""

    def read(value: object) -> _Word:
        try:
            return kinds(str(value))
        except ValueError:
            raise Expected(" or ".join(f'"{kind}"' for kind in kinds)) from None

    return read


def word(*words: str) -> Callable[[object], str]:
    """Return a reader of one of these words."""

    def read(value: object) -> str:
        if value not in words or not isinstance(value, str):
            raise Expected(" or ".join(f'"{one}"' for one in words))
        return value

    return read


def duration(value: object) -> timedelta:
    """Return a length of time such as "90 s", "10 min", "3 h" or "7 days"."""
    amount = _quantity(value, _SECONDS, plural=True)
    if amount is None or amount <= 0:
        raise Expected('a length of time such as "90 s", "10 min", "3 h" or "7 days"')
    return timedelta(seconds=amount)


def duration_or_none(value: object) -> timedelta:
    """Return a length of time, which may be no time at all: 0."""
    is_nothing = value == 0 and not isinstance(value, bool)
    if is_nothing or _quantity(value, _SECONDS, plural=True) == 0:
        return timedelta(0)
    try:
        return duration(value)
    except Expected as error:
        raise Expected(f"{error}, or 0") from None


def limit_or_none(value: object) -> Limit | None:
    """Return a limit such as "20 per 10 min" or "200 per hour"; 0 is none."""
    if value == 0 and not isinstance(value, bool):
        return None
    match = _LIMIT.fullmatch(value) if isinstance(value, str) else None
    seconds = match and (
        _quantity(match[2], _SECONDS, plural=True) or _quantity(f"1 {match[2]}", _SECONDS, plural=False)
    )
    if not match or not seconds or not 0 < int(match[1]) <= _MOST or not 1 <= seconds <= _LONGEST_WINDOW:
        raise Expected(
            'a number per length of time up to 31 days, such as "20 per 10 min" or "200 per hour", or 0'
        )
    return Limit(int(match[1]), timedelta(seconds=seconds))


def length(span: timedelta) -> str:
    """Return a length of time as `duration` reads it, in the largest unit that divides it."""
    seconds = span.total_seconds()
    for unit, size in (("day", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            number = round(seconds / size)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"
    return f"{seconds:g} s"


def size(value: object) -> int:
    """Return a number of bytes written as "500 KB" or "8 MB"."""
    amount = _quantity(value, _BYTES, plural=False)
    if amount is None or amount < 1:
        raise Expected('a size such as "500 KB" or "8 MB"')
    return int(amount)


def time_of_day(value: object) -> time:
    """Return a local time written "17:30" (or TOML's own 17:30:00)."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if match is None:
        raise Expected('a time of day such as "17:30"')
    return time(int(match[1]), int(match[2]))


def days(value: object) -> frozenset[int]:
    """Return weekdays, 0 is Monday, from "daily", "weekdays", "weekend" or a list such as ["mon", "thu"]."""
    if isinstance(value, str) and value in _DAY_SETS:
        return _DAY_SETS[value]
    if isinstance(value, list) and value and all(day in DAYS for day in value):
        return frozenset(DAYS.index(day) for day in value)
    raise Expected('"daily", "weekdays", "weekend" or a list such as ["mon", "thu"]')


_LONGEST_REST = timedelta(days=366)
_HOLIDAYS = 'a list of days and ranges such as ["2026-12-24..2026-12-26", 2027-01-01]'


def holidays(value: object) -> tuple[tuple[date, date], ...]:
    """Return first and last days from dates and ranges such as "2026-12-24..2026-12-26", in order."""
    if not isinstance(value, list):
        raise Expected(_HOLIDAYS)
    return tuple(sorted(_holiday(each) for each in value))


def _holiday(value: object) -> tuple[date, date]:
    first, _, last = (value.isoformat() if isinstance(value, date) else str(value)).partition("..")
    try:
        found = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise Expected(_HOLIDAYS) from None
    if not timedelta(0) <= found[1] - found[0] <= _LONGEST_REST:
        raise Expected(f"{_HOLIDAYS}, each of a year at most")
    return found


def switch(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    raise Expected("true or false")


def domains(value: object) -> frozenset[str]:
    """Return recipient domains in lower case, an internationalised one as `xn--`."""
    if not isinstance(value, list) or not value:
        raise Expected('a list of domains such as ["mail.example"]')
    return frozenset(domain(each) for each in value)


def weekday(value: object) -> int:
    """Return a weekday, 0 is Monday, from its first three letters."""
    if isinstance(value, str) and value in DAYS:
        return DAYS.index(value)
    raise Expected('a weekday such as "sat"')


def zone(value: object) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Expected('an IANA time zone such as "Europe/Berlin"') from None


def address(value: object) -> str:
    """Return an email address in its normalised form."""
    try:
        return validate_email(text(value), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Expected('an email address such as "evening@example.org"') from None


def url(value: object) -> str:
    """Return an http or https address without a trailing slash."""
    written = text(value)
    try:
        parts = urlsplit(written)
        bad = parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 1
    except ValueError:
        bad = True
    if bad or any(character.isspace() for character in written):
        raise Expected('an address such as "https://news.example.org"')
    return written.rstrip("/")


def slug(value: object) -> str:
    """Return a name fit for an address: small letters, digits and single hyphens."""
    written = text(value)
    if not _SLUG.fullmatch(written) or len(written) > 64:
        raise Expected('small letters, digits and hyphens, such as "evening"')
    return written


def language(value: object) -> str:
    """Return a language tag such as "en" or "pt-BR"."""
    written = text(value)
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", written) or len(written) > 20:
        raise Expected('a language tag such as "en" or "pt-BR"')
    return written


def domain(value: object) -> str:
    """Return a mail domain in lower case, in ASCII (`xn--`) where it is internationalised."""
    try:
        found = idna.encode(text(value), uts46=True).decode("ascii")
    except idna.IDNAError:
        found = ""
    if "." not in found.strip("."):
        raise Expected('a domain such as "mail.example"')
    return found.rstrip(".")


def hosts(value: object) -> frozenset[str]:
    """Return a set of host names."""
    if not isinstance(value, list) or not all(isinstance(host, str) and host.strip() for host in value):
        raise Expected('a list of host names such as ["intranet.example.org"]')
    return frozenset(host.strip().lower() for host in value)


def _quantity(value: object, units: dict[str, int], *, plural: bool) -> float | None:
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    unit = match[2].lower()
    factor = units.get(unit) or (units.get(unit.removesuffix("s")) if plural else None)
    return float(match[1]) * factor if factor else None
