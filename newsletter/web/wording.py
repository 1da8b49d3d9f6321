"""What every language writes in its own way: enumerations, days and times of day, for the page being answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from babel.dates import format_date, format_time
from babel.lists import format_list
from flask_babel import get_locale, pgettext


def listed(words: Iterable[str]) -> str:
    """Return the words as one enumeration, such as `A, B and C`."""
    return format_list(list(words), locale=get_locale())


def day_words(local: datetime) -> str:
    """Return a local day without its year, such as `Wednesday, 11 March`."""
    # Translators: a day in CLDR's letters (EEEE weekday, d day of the month, MMMM month); keep the letters.
    return format_date(local, pgettext("pattern of a day", "EEEE, d MMMM"), locale=get_locale())


def date_words(day: date) -> str:
    """Return a day with its year, such as `11 March 2026`."""
    return format_date(day, "long", locale=get_locale())


def weekday_words(local: datetime) -> str:
    """Return a local day's weekday, such as `Wednesday`."""
    return format_date(local, "EEEE", locale=get_locale())


def clock_words(at: time) -> str:
    """Return a time of day of no day in particular, such as `18:00`."""
    return format_time(at, "short", locale=get_locale())


def time_words(local: datetime) -> str:
    """Return a local time of day, such as `18:00`."""
    return format_time(local.replace(tzinfo=None), "short", locale=get_locale())
