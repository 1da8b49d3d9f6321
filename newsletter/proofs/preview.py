"""The letter as a reader gets it: printed from the draft as the lock would, and the frozen one after the lock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from jinja2 import TemplateError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.choosing import Choosing
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.lock import variant_of
from newsletter.delivery.sending.readers import Reader, Stationery, reader_values
from newsletter.domain.issue import Variant
from newsletter.domain.letter import Letter
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.editions import Editions
from newsletter.issues.placing import NothingLeft
from newsletter.issues.tables import IssueRow
from newsletter.rendering.counting import TOKEN
from newsletter.rendering.headers import domain_of
from newsletter.rendering.inline import UnsafeStyle
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.message import Message, take_apart
from newsletter.rendering.phrases import BadPhrases, load_phrases
from newsletter.settings import NewsletterSettings
from subscribers.sections import split
from subscribers.tokens import Purpose

SAMPLE = Reader(subscription_id=0, email="robin@reader.example", name="Robin Sample")


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
    """The letters that an issue consists of, and the chosen one, stamped for a sample reader and taken apart.

    `without_stories` readers chose only sections that have nothing tonight and get no mail.
    """

    choices: tuple[Choice, ...]
    choice: Choice
    without_stories: int
    message: Message


@dataclass(frozen=True, slots=True)
class _Printed:
    letter: Letter
    greeting: str
    greeting_nameless: str
    at: dt.datetime


class _Press(Protocol):
    """Where an issue's letters come from."""

    def readers(self) -> Counter[Variant | None]:
        """Count the readers of each variant; None is those for whom nothing is left."""
        ...

    def printed(self, variant: Variant) -> _Printed:
        """Return the letter of a variant that `readers` named."""
        ...


def preview(session: Session, app: App, issue: IssueRow, wanted: str, now: dt.datetime) -> Preview:
    """Return the letter of the variant with the key `wanted`, else of the most readers. Raises NoPreview."""
    return _shown(session, app, issue, now, lambda choices: [_chosen(choices, wanted)])[0]


def previews(session: Session, app: App, issue: IssueRow, now: dt.datetime) -> list[Preview]:
    """Return every letter, that of the most readers first. Raises NoPreview."""
    return _shown(session, app, issue, now, list)


def corrected(session: Session, app: App, issue: IssueRow, now: dt.datetime) -> Message:
    """Return the letter that most readers of a locked issue got, as a correction would make it now.

    Raises NoPreview.
    """
    newsletter = _newsletter(app, issue)
    try:
        [(variant, _)] = _Frozen(session, issue).readers().most_common(1) or [(None, 0)]
        if variant is None:
            raise NoPreview("The issue was locked without a letter: nobody was to get it.")
        printed = _drafted(session, app, issue, newsletter, now).printed(variant)
        return take_apart(_stamp(app, issue, newsletter, printed))
    except (TemplateError, UnsafeStyle, BadPhrases, NothingLeft) as trouble:
        raise NoPreview(str(trouble)) from trouble


def _shown(
    session: Session,
    app: App,
    issue: IssueRow,
    now: dt.datetime,
    chosen: Callable[[Sequence[Choice]], Sequence[Choice]],
) -> list[Preview]:
    newsletter = _newsletter(app, issue)
    try:
        press = _Frozen(session, issue) if issue.locked_at else _drafted(session, app, issue, newsletter, now)
        readers = press.readers()
        without = readers.pop(None, 0)
        found = [_choice(newsletter, variant, count) for variant, count in readers.items() if variant]
        choices = tuple(sorted(found, key=lambda choice: (-choice.readers, choice.key)))
        if not choices:
            raise NoPreview("The issue was locked without a letter: nobody was to get it.")
        return [
            Preview(
                choices, choice, without, take_apart(_stamp(app, issue, newsletter, press.printed(choice.variant)))
            )
            for choice in chosen(choices)
        ]
    except (TemplateError, UnsafeStyle, BadPhrases, NothingLeft) as trouble:
        raise NoPreview(str(trouble)) from trouble


def _chosen(choices: Sequence[Choice], wanted: str) -> Choice:
    return next((each for each in choices if each.key == wanted), choices[0])


def _stamp(app: App, issue: IssueRow, newsletter: NewsletterSettings, printed: _Printed) -> bytes:
    """Fill the letter for the sample reader, whose links work and change nothing."""
    domain = domain_of(newsletter.from_address)
    stationery = Stationery(
        printed.letter, issue.id, printed.greeting, printed.greeting_nameless, domain, printed.at
    )
    link = app.tokens.sign(Purpose.TRIAL, issue.id, printed.at)
    values = reader_values(SAMPLE, stationery, app.tokens)
    for_trial = dict.fromkeys(("unsubscribe_token", "preferences_token", TOKEN), link)
    return printed.letter.stamp(values | for_trial)


def _choice(newsletter: NewsletterSettings, variant: Variant, readers: int) -> Choice:
    titles = {section.name: section.title for section in newsletter.sections}
    sections = ", ".join(titles.get(name, name) for name in sorted(variant.sections)) or "all sections"
    week = f" · the week, unseen since {variant.since:%-d %B}" if variant.since else ""
    counted = " · counted" if variant.tracked else ""
    return Choice(variant.key, f"{sections} · {variant.language}{week}{counted}", readers, variant)


def _newsletter(app: App, issue: IssueRow) -> NewsletterSettings:
    try:
        return app.settings.newsletter(issue.newsletter)
    except KeyError:
        raise NoPreview(f"The newsletter “{issue.newsletter}” is no longer configured.") from None


@dataclass(frozen=True, slots=True)
class _Frozen:
    """The letters that are sent, whatever is edited."""

    session: Session
    issue: IssueRow

    def readers(self) -> Counter[Variant | None]:
        found = self.session.execute(
            select(LetterRow.variant, func.sum(LetterRow.enqueued))
            .where(LetterRow.issue_id == self.issue.id)
            .group_by(LetterRow.variant)
        )
        return Counter({Variant.from_key(key): enqueued for key, enqueued in found})

    def printed(self, variant: Variant) -> _Printed:
        query = select(LetterRow).where(LetterRow.issue_id == self.issue.id, LetterRow.variant == variant.key)
        row = self.session.scalars(query.order_by(LetterRow.version.desc()).limit(1)).one()
        return _Printed(Letter.from_bytes(row.body), row.greeting, row.greeting_nameless, row.frozen_at)


@dataclass(frozen=True, slots=True)
class _Drafted:
    """The letters as they would be if the issue were locked at this moment."""

    session: Session
    app: App
    newsletter: NewsletterSettings
    issue: IssueRow
    editions: Editions
    now: dt.datetime

    def readers(self) -> Counter[Variant | None]:
        whole: Variant | None = Variant(language=self._language(""))
        counted = Counter({whole: 0})
        choosing = Choosing(self.session, self.issue, self.newsletter, self.now)
        for choice, hours in choosing.counted().items():
            draft, language = self.editions.of(choice.since), self._language(choice.language)
            counted[variant_of(draft, split(choice.sections), language)] += hours.total()
        return counted

    def printed(self, variant: Variant) -> _Printed:
        draft = for_variant(self.editions.of(variant.since), variant)
        if draft is None:
            raise NothingLeft("The issue has no story in these sections.")
        letter = issue_letter(
            draft,
            self.newsletter,
            self.app.settings.site,
            self.app.templates,
            variant=variant,
            issue_key=f"{self.issue.newsletter}/{self.issue.date}/{variant.key}",
            date=self.now,
            view_token=self.app.tokens.sign(Purpose.TRIAL, self.issue.id, self.now),
        )
        phrases = load_phrases(self.app.templates, variant.language)
        return _Printed(letter, phrases.greeting, phrases.greeting_nameless, self.now)

    def _language(self, wanted: str) -> str:
        return load_phrases(self.app.templates, wanted or self.newsletter.language).language


def _drafted(
    session: Session, app: App, issue: IssueRow, newsletter: NewsletterSettings, now: dt.datetime
) -> _Press:
    editions = Editions(session, app.settings, issue, store.draft(session, app.settings, issue))
    return _Drafted(session, app, newsletter, issue, editions, now)
