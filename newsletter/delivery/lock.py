"""The lock: from here on what is sent, and to whom, no longer depends on anything that anybody edits.

    draft | one letter per variant | frozen rows | INSERT … SELECT of everybody who is owed it

All of it is one transaction, rendering (some 70 ms a letter) included. That holds up other writers on SQLite for
as long, well within their patience of 30 s; in return an article, an issue or a choice of sections cannot change
between what was rendered and what is owed, and nothing has to be checked, numbered or thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, func
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.domain.issue import IssueDraft, Variant
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.tables import IssueRow
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.phrases import Phrases, load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings
from subscribers.audience import readers
from subscribers.models import Subscriber, Subscription
from subscribers.sections import split
from subscribers.tokens import Purpose, Tokens

Choice = tuple[str, str]  # sections as the register writes them, and language


@dataclass(frozen=True, slots=True)
class Locked:
    """What was frozen. `without_stories` readers chose only sections that have nothing tonight."""

    letters: int
    enqueued: int
    without_stories: int


def lock(
    session: Session,
    issue_id: int,
    now: datetime,
    *,
    settings: Settings,
    tokens: Tokens,
    templates: Templates,
    actor: str,
) -> Locked:
    """Freeze an issue's letters and owe them to its readers, in the caller's transaction.

    Raises LookupError, NoSuchTransition when the issue is not to be sent (or is being sent already), NothingLeft
    when its stories are gone, and what `issue_letter` raises. Then roll back: nothing has happened.
    """
    issue = store.get(session, issue_id)
    draft = store.draft(session, settings, issue)
    store.begin_lock(session, issue, draft, now, actor=actor)
    return _Press(session, settings, tokens, templates, issue, draft, now).run()


def variant_of(draft: IssueDraft, sections: frozenset[str], language: str) -> Variant | None:
    """Return the variant for a choice, without the sections that make no difference tonight.

    None where nothing is left. So choices that come to the same share one letter.
    """
    present = frozenset(story.section for story in (*draft.stories, *draft.archive))
    chosen = frozenset() if not sections or sections >= present else sections & present
    variant = Variant(chosen, language)
    is_empty = (bool(sections) and not sections & present) or for_variant(draft, variant) is None
    return None if is_empty else variant


@dataclass(slots=True)
class _Press:
    """Prints one issue's letters, each variant once."""

    session: Session
    settings: Settings
    tokens: Tokens
    templates: Templates
    issue: IssueRow
    draft: IssueDraft
    now: datetime
    letters: dict[Variant, LetterRow] = field(default_factory=dict)
    phrases: dict[str, Phrases] = field(default_factory=dict)

    @property
    def newsletter(self) -> NewsletterSettings:
        return self.settings.newsletter(self.issue.newsletter)

    def run(self) -> Locked:
        """Enqueue until nobody waits who could be served.

        More than one round is needed only where others write meanwhile, as PostgreSQL lets them: a reader who
        moves from a choice not yet enqueued to one that is must not fall between the two.
        """
        waiting = self._waiting()
        while served := {choice: variant for choice in waiting if (variant := self._variant(choice))}:
            for variant in dict.fromkeys(served.values()):
                self._enqueue(variant, [choice for choice in served if served[choice] == variant])
            waiting = self._waiting()
        enqueued = sum(letter.enqueued for letter in self.letters.values())
        return Locked(len(self.letters), enqueued, sum(waiting.values()))

    def _waiting(self) -> Mapping[Choice, int]:
        """Return how many readers of each choice are not owed this issue yet."""
        owed = exists().where(
            DeliveryRow.issue_id == self.issue.id, DeliveryRow.subscription_id == Subscription.id
        )
        chosen = Subscription.sections, Subscriber.language
        counted = readers(self.issue.newsletter).with_only_columns(*chosen, func.count()).where(~owed)
        rows = self.session.execute(counted.group_by(*chosen).order_by(*chosen))
        return {(sections, language): number for sections, language, number in rows}

    def _variant(self, choice: Choice) -> Variant | None:
        sections, language = choice
        return variant_of(self.draft, split(sections), self._phrases(language).language)

    def _phrases(self, language: str) -> Phrases:
        wanted = language or self.newsletter.language
        if wanted not in self.phrases:
            self.phrases[wanted] = load_phrases(self.templates, wanted)
        return self.phrases[wanted]

    def _enqueue(self, variant: Variant, choices: list[Choice]) -> None:
        if variant not in self.letters:
            self.letters[variant] = self._printed(variant)
        letter = self.letters[variant]
        letter.enqueued += ledger.enqueue(
            self.session,
            letter,
            self.issue.newsletter,
            choices,
            self.now,
            spread=self.settings.delivery.spread_over,
        )
        self.session.flush()

    def _printed(self, variant: Variant) -> LetterRow:
        """Insert the row first: the link "view in browser" names it."""
        phrases = self._phrases(variant.language)
        row = LetterRow(
            issue_id=self.issue.id,
            variant=variant.key,
            body=b"",
            greeting=phrases.greeting,
            greeting_nameless=phrases.greeting_nameless,
            frozen_at=self.now,
            enqueued=0,
        )
        self.session.add(row)
        self.session.flush()
        row.body = self._letter(variant, self.tokens.sign(Purpose.VIEW, row.id, self.now))
        self.session.flush()
        return row

    def _letter(self, variant: Variant, view_token: str) -> bytes:
        draft = for_variant(self.draft, variant)
        if draft is None:
            raise ValueError(f"the variant {variant.key} has no stories")
        letter = issue_letter(
            draft,
            self.newsletter,
            self.settings.site,
            self.templates,
            variant=variant,
            issue_key=f"{self.issue.newsletter}/{self.issue.date}/{variant.key}",
            date=self.now,
            view_token=view_token,
        )
        return letter.to_bytes()
