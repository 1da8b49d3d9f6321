"""The letter as a reader gets it: rendered from the draft until the lock, the frozen one from then on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from jinja2 import TemplateError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.tables import DeliveryRow, LetterRow
from newsletter.domain.issue import Variant
from newsletter.domain.letter import Letter
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.placing import NothingLeft
from newsletter.issues.tables import IssueRow
from newsletter.rendering.inline import UnsafeStyle
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.phrases import BadPhrases
from newsletter.settings import NewsletterSettings
from newsletter.web.desk.message import Message, take_apart
from subscribers import audience

_SAMPLE_LINK = "sample-link-of-a-reader-who-is-nobody-"
SAMPLE_READER = {
    "to_name": "Robin Sample",
    "to_address": "robin@reader.example",
    "address": "robin@reader.example",
    "message_id": "sample@reader.example",
    "greeting": "Good evening, Robin Sample",
    "unsubscribe_token": _SAMPLE_LINK,
    "preferences_token": _SAMPLE_LINK,
}


class NoPreview(Exception):
    """There is no letter to show; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant to look at and its number of readers."""

    key: str
    label: str
    readers: int
    variant: Variant


@dataclass(frozen=True, slots=True)
class Preview:
    """The letters that an issue consists of, and the chosen one, stamped for a sample reader and taken apart."""

    choices: tuple[Choice, ...]
    choice: Choice
    message: Message


def preview(session: Session, app: App, issue: IssueRow, wanted: str, now: dt.datetime) -> Preview:
    """Return the letter of the variant with the key `wanted`, else of the most readers. Raises NoPreview."""
    choices = _frozen(session, app, issue) if issue.locked_at else _possible(session, app, issue)
    if not choices:
        raise NoPreview("The issue was locked without a letter: nobody was to get it.")
    choice = next((each for each in choices if each.key == wanted), choices[0])
    letter = _stored(session, issue, choice) if issue.locked_at else _render(session, app, issue, choice, now)
    return Preview(choices, choice, take_apart(letter.stamp(SAMPLE_READER)))


def _frozen(session: Session, app: App, issue: IssueRow) -> tuple[Choice, ...]:
    readers = func.count(DeliveryRow.subscription_id)
    query = select(LetterRow.variant, readers).outerjoin(DeliveryRow, DeliveryRow.letter_id == LetterRow.id)
    query = query.where(LetterRow.issue_id == issue.id).group_by(LetterRow.variant)
    found = [_choice(app, issue, _variant(key), count, key) for key, count in session.execute(query)]
    return tuple(sorted(found, key=_most_readers))


def _possible(session: Session, app: App, issue: IssueRow) -> tuple[Choice, ...]:
    readers = {Variant(language=_newsletter(app, issue).language): 0}
    for part in audience.slices(session, issue.newsletter):
        variant = Variant(part.sections, part.language or _newsletter(app, issue).language)
        readers[variant] = readers.get(variant, 0) + part.readers
    return tuple(sorted((_choice(app, issue, *each) for each in readers.items()), key=_most_readers))


def _most_readers(choice: Choice) -> tuple[int, str]:
    return -choice.readers, choice.key


def _choice(app: App, issue: IssueRow, variant: Variant, readers: int, key: str = "") -> Choice:
    titles = {section.name: section.title for section in _newsletter(app, issue).sections}
    sections = ", ".join(titles.get(name, name) for name in sorted(variant.sections)) or "all sections"
    label = f"{sections} · {variant.language}" if variant.language else sections
    return Choice(key or variant.key, label, readers, variant)


def _variant(key: str) -> Variant:
    """Read a variant's canonical name back, for showing only."""
    language, _, sections = key.partition(":")
    return Variant(frozenset(sections.split("+")) - {"all", ""}, language)


def _newsletter(app: App, issue: IssueRow) -> NewsletterSettings:
    try:
        return app.settings.newsletter(issue.newsletter)
    except KeyError:
        raise NoPreview(f"The newsletter “{issue.newsletter}” is no longer configured.") from None


def _stored(session: Session, issue: IssueRow, choice: Choice) -> Letter:
    query = select(LetterRow.body).where(LetterRow.issue_id == issue.id, LetterRow.variant == choice.key)
    return Letter.from_bytes(session.scalars(query).one())


def _render(session: Session, app: App, issue: IssueRow, choice: Choice, now: dt.datetime) -> Letter:
    newsletter = _newsletter(app, issue)
    try:
        draft = for_variant(store.draft(session, app.settings, issue), choice.variant)
        if draft is None:
            raise NoPreview("There is no story in these sections tonight, so these readers get no mail.")
        return issue_letter(
            draft,
            newsletter,
            app.settings.site,
            app.templates,
            variant=choice.variant,
            issue_key=f"{issue.id}/{choice.key}",
            date=now,
            view_token=_SAMPLE_LINK,
        )
    except (TemplateError, UnsafeStyle, BadPhrases, NothingLeft) as trouble:
        raise NoPreview(f"{trouble}") from trouble
