"""Printing: a variant's letter, frozen as a row in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import LetterRow
from newsletter.domain.issue import Variant
from newsletter.issues.assemble import for_variant
from newsletter.issues.editions import Editions
from newsletter.issues.tables import IssueRow
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.phrases import Phrases, load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings
from newsletter.tracking.links import Links
from subscribers.tokens import Purpose, Tokens


@dataclass(slots=True)
class Press:
    """Prints the letters of one version of an issue, all with the moment `now` (aware UTC)."""

    session: Session
    settings: Settings
    tokens: Tokens
    templates: Templates
    issue: IssueRow
    editions: Editions
    now: datetime
    version: int = 1
    _links: Links = field(init=False)
    _phrases: dict[str, Phrases] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._links = Links(self.session, self.issue.id)

    @property
    def newsletter(self) -> NewsletterSettings:
        """The newsletter that the issue is one of."""
        return self.settings.newsletter(self.issue.newsletter)

    def phrases(self, language: str) -> Phrases:
        """Return the words of a language; of the newsletter's where none is given."""
        wanted = language or self.newsletter.language
        if wanted not in self._phrases:
            self._phrases[wanted] = load_phrases(self.templates, wanted)
        return self._phrases[wanted]

    def printed(self, variant: Variant) -> LetterRow:
        """Freeze a letter. The row comes first: the link "view in browser" names it."""
        phrases = self.phrases(variant.language)
        row = LetterRow(
            issue_id=self.issue.id,
            variant=variant.key,
            version=self.version,
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
        draft = for_variant(self.editions.of(variant.since), variant)
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
            counting=self._links.counting(self.newsletter.tracking) if variant.tracked else None,
        )
        return letter.to_bytes()
