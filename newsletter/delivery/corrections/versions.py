"""A further version of an issue's letters, made anew from its stories as they are now and its editors' words.

    paused | words corrected | draft | a letter more per variant | what is still owed gets it | resumed

All of it is one transaction: before it every delivery has the letter it had, after it none that is still owed has
an earlier one. A delivery that was in doubt once keeps its letter, as a second copy must be the same message; its
reader counts among those who got the mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, text, update
from sqlalchemy.orm import Session

from newsletter.delivery.corrections.tables import CorrectionRow
from newsletter.delivery.ledger.due import DELIVERIES
from newsletter.delivery.ledger.tables import IS_CLAIMED, IS_WAITING, LetterRow
from newsletter.delivery.printing import Press
from newsletter.delivery.states import DeliveryState
from newsletter.domain.issue import Variant
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.editions import Editions
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from subscribers.tokens import Tokens

CORRECTED = "corrected"  # as the history has it

_ROW = DELIVERIES.c
_NOT_SENT = (DeliveryState.OWED, DeliveryState.DEFERRED)


class CannotCorrect(Exception):
    """Nothing was corrected; the sentence says why, and what mends it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a correction is for. `notice` tells readers in the browser what was wrong."""

    notice: str
    remainder: bool
    on_web: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was made: the number of the version, how many deliveries got it, how many readers have nothing left."""

    version: int
    remainder: int
    withdrawn: int


def latest(session: Session, issue_id: int) -> list[LetterRow]:
    """Return each variant's latest letter."""
    letters = select(LetterRow).where(LetterRow.issue_id == issue_id).order_by(LetterRow.version, LetterRow.id)
    return list({letter.variant: letter for letter in session.scalars(letters)}.values())


def not_sent(session: Session, issue_id: int) -> int:
    """Return how many deliveries would get a further version: those of which no copy can have arrived."""
    return session.scalar(select(func.count()).select_from(DELIVERIES).where(*_never_tried(issue_id))) or 0


def correct(
    session: Session,
    issue_id: int,
    wish: Wish,
    now: datetime,
    *,
    settings: Settings,
    tokens: Tokens,
    templates: Templates,
    actor: str,
) -> Corrected:
    """Freeze a further version of every letter, and use it as wished.

    Raises LookupError, CannotCorrect, NothingLeft, and what `issue_letter` raises. Then roll back: nothing has
    happened.
    """
    issue = store.get(session, issue_id)
    _refuse(session, issue, wish)
    draft = store.draft(session, settings, issue)
    before = latest(session, issue_id)
    version = max(letter.version for letter in before) + 1
    editions = Editions(session, settings, issue, draft)
    press = Press(session, settings, tokens, templates, issue, editions, now, version)
    made = {letter.variant: _printed(press, letter.variant) for letter in before}
    moved, withdrawn = _owe(session, issue_id, made, now) if wish.remainder else (0, 0)
    issue.subject, issue.preheader = draft.subject, draft.preheader
    session.add(
        CorrectionRow(
            issue_id=issue_id,
            version=version,
            at=now,
            actor=actor,
            notice=wish.notice,
            on_web=wish.on_web,
            remainder=moved,
        )
    )
    issue.history.append(IssueHistory(event=CORRECTED, at=now, actor=actor, detail=_told(wish, version, moved)))
    session.flush()
    return Corrected(version, moved, withdrawn)


def _refuse(session: Session, issue: IssueRow, wish: Wish) -> None:
    name = f"The {issue.newsletter} issue of {issue.date:%-d %B %Y}"
    if issue.locked_at is None or issue.part:
        raise CannotCorrect(f"{name} has no frozen letters that could be corrected; change its words instead.")
    if not (wish.remainder or wish.on_web):
        raise CannotCorrect("Choose what to correct: what is still to be sent, the page in the browser, or both.")
    if wish.on_web and not wish.notice:
        raise CannotCorrect("The page in the browser needs a sentence that tells readers what was wrong.")
    if wish.remainder and issue.state != IssueState.PAUSED:
        raise CannotCorrect(f"{name} is {issue.state}; pause it first, so that nothing leaves meanwhile.")
    if wish.remainder:
        _refuse_under_way(session, issue.id)


def _refuse_under_way(session: Session, issue_id: int) -> None:
    """A claim that is given back would be owed with the letter it was claimed with."""
    claimed = select(func.count()).select_from(DELIVERIES).where(_ROW.issue_id == issue_id, text(IS_CLAIMED))
    if number := session.scalar(claimed):
        raise CannotCorrect(
            f"{number} of its letters {'is' if number == 1 else 'are'} still under way. Nothing else leaves; try "
            "again in a few seconds, or in some minutes where a sender was killed."
        )


def _printed(press: Press, key: str) -> LetterRow | None:
    """Freeze a variant's letter; None where nothing is left of what its readers chose."""
    variant = Variant.from_key(key)
    has_stories = for_variant(press.editions.of(variant.since), variant) is not None
    return press.printed(variant) if has_stories else None


def _owe(session: Session, issue_id: int, made: Mapping[str, LetterRow | None], now: datetime) -> tuple[int, int]:
    """Give what was never tried its variant's new letter, and withdraw it where there is none; return how many."""
    owed = select(_ROW.letter_id, func.count()).where(*_never_tried(issue_id)).group_by(_ROW.letter_id)
    numbers = {letter_id: number for letter_id, number in session.execute(owed)}  # noqa: C416 - rows to ints
    letters = session.scalars(select(LetterRow).where(LetterRow.id.in_(numbers))).all()
    moving = {letter: new for letter in letters if (new := made[letter.variant]) is not None}
    moved = _give(session, issue_id, {letter.id: new.id for letter, new in moving.items()})
    withdrawn = _withdraw(session, issue_id, [letter.id for letter in letters if letter not in moving], now)
    for letter, new in moving.items():
        letter.enqueued -= numbers[letter.id]
        new.enqueued += numbers[letter.id]
    # On PostgreSQL a sender that had looked before the pause may have claimed in between.
    _refuse_under_way(session, issue_id)
    if moved + withdrawn != sum(numbers.values()):
        raise CannotCorrect("Some of its letters left meanwhile; try again.")
    return moved, withdrawn


def _give(session: Session, issue_id: int, letters: Mapping[int, int]) -> int:
    if not letters:
        return 0
    change = update(DELIVERIES).where(*_never_tried(issue_id), _ROW.letter_id.in_(letters))
    return session.connection().execute(change.values(letter_id=case(letters, value=_ROW.letter_id))).rowcount


def _withdraw(session: Session, issue_id: int, letters: Sequence[int], now: datetime) -> int:
    if not letters:
        return 0
    change = update(DELIVERIES).where(*_never_tried(issue_id), _ROW.letter_id.in_(letters))
    words = "a correction left no story in the sections this reader chose"
    settled = change.values(state=DeliveryState.WITHDRAWN, settled_at=now, reply=words)
    return session.connection().execute(settled).rowcount


def _never_tried(issue_id: int) -> list[ColumnElement[bool]]:
    """The condition on what waits lets an index be used that holds nothing of what is settled."""
    return [_ROW.issue_id == issue_id, text(IS_WAITING), _ROW.state.in_(_NOT_SENT), _ROW.doubts == 0]  # type: ignore[list-item]


def _told(wish: Wish, version: int, moved: int) -> str:
    parts = [f"{moved:,} {'letter' if moved == 1 else 'letters'} still to be sent"] if wish.remainder else []
    parts += ["the page in the browser"] if wish.on_web else []
    return f"version {version}: {' and '.join(parts)}" + (f" – {wish.notice}" if wish.notice else "")
