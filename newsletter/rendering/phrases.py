"""The words and dates of a language, one file each in `templates/email/phrases/`.

A language is added by adding its file; a newsroom's own folder may bring one, or reword a shipped one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from jinja2 import TemplateNotFound

from newsletter.rendering.templates import Templates

FALLBACK = "en"
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")


class BadPhrases(Exception):
    """A language's file can't be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Everything the templates say in one language. Braces name what is filled in."""

    language: str
    direction: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    long_date: str
    week: str
    greeting: str
    greeting_nameless: str
    by: str
    last_author: str
    comments_one: str
    comments_other: str
    related: str
    also: str
    archive: str
    footer: str
    view: str
    because: str
    preferences: str
    unsubscribe: str
    subscribe: str
    web_because: str
    correction: str
    confirmation_subject: str
    confirmation_title: str
    confirmation_text: str
    confirmation_button: str
    confirmation_ignore: str
    already_subject: str
    already_title: str
    already_text: str
    already_button: str
    already_ignore: str
    link_subject: str
    link_title: str
    link_text: str
    link_button: str
    link_ignore: str
    moving_subject: str
    moving_title: str
    moving_text: str
    moving_button: str
    moving_ignore: str
    moved_subject: str
    moved_title: str
    moved_text: str
    moved_button: str
    moved_ignore: str
    open_link: str

    def date(self, day: date) -> str:
        """Return the day in full, such as `Tuesday, 10 March 2026`."""
        return self.long_date.format(
            weekday=self.weekdays[day.weekday()], day=day.day, month=self.months[day.month - 1], year=day.year
        )

    def byline(self, authors: Sequence[str]) -> str:
        """Return `By Ada Nwosu, Tom Brandt and Li Wei`, or nothing without authors."""
        if not authors:
            return ""
        *others, last = authors
        names = self.last_author.format(others=", ".join(others), last=last) if others else last
        return self.by.format(names=names)

    def comments(self, count: int | None) -> str:
        """Return `12 comments`, or nothing when there are none or it is not known."""
        if not count:
            return ""
        return (self.comments_one if count == 1 else self.comments_other).format(count=count)

    def greet(self, name: str) -> str:
        """Return the line that opens a mail; the value of the hole `greeting`."""
        return self.greeting.format(name=name) if name else self.greeting_nameless


def load_phrases(templates: Templates, language: str) -> Phrases:
    """Return a tag's phrases: its own, else the bare language's, else English. Raises BadPhrases."""
    for tag in _candidates(language):
        name = f"email/phrases/{tag}.toml"
        try:
            source = templates.source(name)
        except TemplateNotFound:
            continue
        return _parse(name, tag, source)
    raise BadPhrases(f"email/phrases/{FALLBACK}.toml is missing")


def _candidates(language: str) -> Iterator[str]:
    tag = language.lower().replace("_", "-")
    if _TAG.fullmatch(tag):
        parts = tag.split("-")
        yield from ("-".join(parts[:size]) for size in range(len(parts), 0, -1))
    yield FALLBACK


def _parse(name: str, tag: str, source: str) -> Phrases:
    try:
        found = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadPhrases(f"{name}: {error}") from error
    wanted = {field.name for field in fields(Phrases)} - {"language"}
    if missing := sorted(wanted - found.keys()):
        raise BadPhrases(f"{name} lacks {', '.join(missing)}")
    if unknown := sorted(found.keys() - wanted):
        raise BadPhrases(f"{name} has {', '.join(unknown)}, which no template knows")
    lists = {key: tuple(found[key]) for key in ("months", "weekdays")}
    return Phrases(language=tag, **{**found, **lists})
