"""The lock: from here on what is sent, and to whom, no longer depends on anything that anybody edits.

    draft | one letter per variant | frozen rows | INSERT … SELECT of everybody who is owed it, at their own hour

All of it is one transaction, rendering (some 70 ms a letter) included. That holds up other writers on SQLite for
as long, well within their patience of 30 s; in return an article, an issue or a choice of sections cannot change
between what was rendered and what is owed, and nothing has to be checked, numbered or thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.choosing import Choice, Choosing, Hour
from newsletter.delivery.lanes import Evening
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.printing import Press
from newsletter.domain.issue import IssueDraft, Variant
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.editions import Editions
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from subscribers.sections import split
from subscribers.tokens import Tokens


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
    editions = Editions(session, settings, issue, draft)
    return _Enqueueing(Press(session, settings, tokens, templates, issue, editions, now)).run()


def variant_of(draft: IssueDraft, sections: frozenset[str], language: str) -> Variant | None:
    """Return the variant for a choice, without the sections that make no difference in this draft.

    None where nothing is left. So choices that come to the same share one letter.
    """
    present = frozenset(story.section for story in (*draft.stories, *draft.archive))
    chosen = frozenset() if not sections or sections >= present else sections & present
    variant = Variant(chosen, language, draft.since)
    is_empty = (bool(sections) and not sections & present) or for_variant(draft, variant) is None
    return None if is_empty else variant


@dataclass(slots=True)
class _Enqueueing:
    """Owes one issue to its readers; each variant is printed once."""

    press: Press
    letters: dict[Variant, LetterRow] = field(default_factory=dict)

    def run(self) -> Locked:
        """Enqueue until nobody waits who could be served.

        More than one round is needed only where others write meanwhile, as PostgreSQL lets them: a reader who
        moves from a choice not yet enqueued to one that is must not fall between the two.
        """
        press = self.press
        choosing = Choosing(press.session, press.issue, press.newsletter, press.now)
        waiting = choosing.counted()
        while served := {choice: variant for choice in waiting if (variant := self._variant(choice))}:
            lanes = self._lanes(waiting.values())
            for variant in dict.fromkeys(served.values()):
                alike = [choice for choice in served if served[choice] == variant]
                self._enqueue(variant, choosing.of(alike), lanes)
            waiting = choosing.counted()
        enqueued = sum(letter.enqueued for letter in self.letters.values())
        return Locked(len(self.letters), enqueued, sum(hours.total() for hours in waiting.values()))

    def _lanes(self, hours: Iterable[Iterable[Hour]]) -> Lanes:
        """Return when readers of each zone and hour fall due."""
        press, newsletter, settings = self.press, self.press.newsletter, self.press.settings
        evening = Evening(press.issue.send_at, press.now, settings.site.time_zone, newsletter.late_after)
        wanted = {hour for each in hours for hour in each if newsletter.local_evening or hour.hour is not None}
        own = {(hour.time_zone, hour.hour): evening.of(hour.time_zone, hour.hour) for hour in wanted}
        return Lanes(press.now, own, settings.delivery.spread_over)

    def _variant(self, choice: Choice) -> Variant | None:
        language = self.press.phrases(choice.language).language
        variant = variant_of(self.press.editions.of(choice.since), split(choice.sections), language)
        return replace(variant, tracked=choice.tracked) if variant else None

    def _enqueue(self, variant: Variant, readers: Select[*tuple[Any, ...]], lanes: Lanes) -> None:
        if variant not in self.letters:
            self.letters[variant] = self.press.printed(variant)
        letter = self.letters[variant]
        letter.enqueued += ledger.enqueue(self.press.session, letter, readers, lanes)
        self.press.session.flush()
