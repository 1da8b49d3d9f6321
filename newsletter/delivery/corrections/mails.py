"""Mails to the readers who got a mistake, and to nobody else: written, tested, sent once through the ledger.

    words | test mail | those who got the faulty version | an issue of its own | owed to each of them once

The mail becomes an issue of the same newsletter and date with a `part` of its own, so that whatever is promised of
an issue's deliveries holds for it: claimed before the first byte, withdrawn for who has left, paused, resumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from newsletter.delivery import ledger
from newsletter.delivery.corrections.tables import CorrectionMailRow
from newsletter.delivery.corrections.versions import CORRECTED, CannotCorrect
from newsletter.delivery.ledger.enqueueing import Lanes
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.delivery.states import DeliveryState
from newsletter.domain.issue import Variant
from newsletter.issues import changes
from newsletter.issues.states import IssueEvent, follow
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.rendering.correction import correction_letter
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from subscribers.audience import awake, readers
from subscribers.models import Subscription

LONGEST_SUBJECT, LONGEST_BODY = 250, 5_000

_ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT)
_TO_COME = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Words:
    """What the mail says (the body in Markdown), to those who got version `faulty` or an earlier one."""

    subject: str
    body: str
    faulty: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many got the mistake and are readers still, and how many letters that carry it are yet to come."""

    readers: int
    to_come: int


def unsent(session: Session, issue_id: int) -> CorrectionMailRow | None:
    """Return the mail that is being written about an issue."""
    wanted = select(CorrectionMailRow).filter_by(issue_id=issue_id, sent_as=None).order_by(CorrectionMailRow.id)
    return session.scalars(wanted.limit(1)).one_or_none()


def reach(session: Session, issue: IssueRow, faulty: int, now: datetime) -> Reach:
    """Return whom a mail about the version `faulty` and earlier ones would reach now."""
    to_come = select(func.count()).select_from(DeliveryRow).where(
        DeliveryRow.issue_id == issue.id,
        DeliveryRow.letter_id.in_(_faulty(issue.id, faulty)),
        DeliveryRow.state.in_(_TO_COME),
    )  # fmt: skip
    of_all = _readers(issue, _faulty(issue.id, faulty), now).with_only_columns(func.count())
    return Reach(session.scalar(of_all) or 0, session.scalar(to_come) or 0)


def write(
    session: Session, issue_id: int, words: Words, now: datetime, *, actor: str, seen: str = ""
) -> CorrectionMailRow:
    """Keep what a mail is to say. Other words than were tested want another test.

    `seen` is `stamp` of what the editor had before them. Raises LookupError, CannotCorrect.
    """
    issue = changes.get(session, issue_id)
    if issue.locked_at is None or issue.part:
        raise CannotCorrect("Nobody got this issue, so nobody needs to be told.")
    _refuse_words(words)
    mail = unsent(session, issue_id)
    if stamp(mail) != seen:
        raise CannotCorrect("Somebody else changed this mail since your page was made; nothing was saved.")
    if mail is None:
        mail = CorrectionMailRow(issue_id=issue_id)
        session.add(mail)
    elif words == Words(mail.subject, mail.body, mail.faulty):
        return mail
    mail.subject, mail.body, mail.faulty = words.subject, words.body, words.faulty
    mail.changed_at, mail.changed_by, mail.tested_at = now, actor, None
    session.flush()
    return mail


def stamp(mail: CorrectionMailRow | None) -> str:
    """Return what tells one state of a mail's words from another."""
    return f"{mail.id}@{mail.changed_at.isoformat()}" if mail else ""


def tested(session: Session, issue_id: int, seen: str, now: datetime) -> None:
    """Note that these very words were sent to an editor."""
    changes.get(session, issue_id)
    mail = unsent(session, issue_id)
    if mail is not None and stamp(mail) == seen:
        mail.tested_at = now


def send(
    session: Session,
    issue_id: int,
    seen: str,
    now: datetime,
    *,
    settings: Settings,
    templates: Templates,
    actor: str,
) -> IssueRow:
    """Owe the mail to everybody it is for, in the caller's transaction; return the issue it became.

    Raises LookupError, CannotCorrect.
    """
    issue = changes.get(session, issue_id)
    mail = unsent(session, issue_id)
    if mail is None or stamp(mail) != seen:
        raise CannotCorrect("This mail was sent already, or changed since your page was made.")
    if mail.tested_at is None:
        raise CannotCorrect("Send yourself a test of these words first.")
    if to_come := reach(session, issue, mail.faulty, now).to_come:
        raise CannotCorrect(
            f"{to_come:,} letters with the mistake are still to be sent: correct those first, or wait "
            "until they have left."
        )
    sent = _issue_of(session, issue, mail, now, actor)
    posting = _Posting(session, settings, templates, issue, sent, mail, now)
    number = sum(posting.enqueue(language) for language in _languages(session, issue_id))
    if not number:
        raise CannotCorrect("Nobody who got the mistake is known and still a reader.")
    mail.sent_as = sent.id
    told = (
        f"a mail to {number:,} {'reader' if number == 1 else 'readers'} who got version {mail.faulty} or earlier"
    )
    issue.history.append(IssueHistory(event=CORRECTED, at=now, actor=actor, detail=told))
    session.flush()
    return sent


def _issue_of(session: Session, issue: IssueRow, mail: CorrectionMailRow, now: datetime, actor: str) -> IssueRow:
    """Return the issue that the mail becomes. It carries no story, and its window is the issue's own."""
    latest = select(func.max(IssueRow.part)).filter_by(newsletter=issue.newsletter, date=issue.date)
    sent = IssueRow(
        newsletter=issue.newsletter,
        date=issue.date,
        part=(session.scalar(latest) or 0) + 1,
        state=follow(follow(None, IssueEvent.ASSEMBLED), IssueEvent.LOCKED),
        subject=mail.subject,
        window_start=issue.window_start,
        window_end=issue.window_end,
        send_at=now,
        created_at=now,
        locked_at=now,
    )
    session.add(sent)
    sent.history.append(changes.note(IssueEvent.LOCKED, now, actor, f"a correction of issue {issue.id}"))
    session.flush()
    return sent


@dataclass(frozen=True, slots=True)
class _Posting:
    """Owes a mail, which became the issue `sent`, to the readers of each language."""

    session: Session
    settings: Settings
    templates: Templates
    issue: IssueRow
    sent: IssueRow
    mail: CorrectionMailRow
    now: datetime

    def enqueue(self, language: str) -> int:
        """Owe it to those whose letter was in that language; return to how many."""
        letter = self._letter(Variant(language=language).key, language)
        alike = LetterRow.variant.startswith(f"{language}:", autoescape=True)
        faulty = _faulty(self.issue.id, self.mail.faulty).where(alike)
        readers_of = _readers(self.issue, faulty, self.now)
        letter.enqueued = ledger.enqueue(self.session, letter, readers_of, Lanes(self.now))
        self.session.flush()
        return letter.enqueued

    def _letter(self, key: str, language: str) -> LetterRow:
        phrases = load_phrases(self.templates, language)
        printed = correction_letter(
            self.mail.subject,
            self.mail.body,
            self.settings.newsletter(self.issue.newsletter),
            self.settings.site,
            self.templates,
            language=language,
            key=f"correction/{self.mail.id}/{key}",
            date=self.now,
        )
        letter = LetterRow(
            issue_id=self.sent.id,
            variant=key,
            body=printed.to_bytes(),
            greeting=phrases.greeting,
            greeting_nameless=phrases.greeting_nameless,
            frozen_at=self.now,
        )
        self.session.add(letter)
        self.session.flush()
        return letter


def _languages(session: Session, issue_id: int) -> list[str]:
    variants = session.scalars(select(LetterRow.variant).where(LetterRow.issue_id == issue_id))
    return sorted({Variant.from_key(key).language for key in variants})


def _readers(issue: IssueRow, letters: Select[int], now: datetime) -> Select[int, str, str]:
    """Return the statement of those who may have got one of these letters, and are still readers."""
    arrived: ColumnElement[bool] = or_(DeliveryRow.state.in_(_ARRIVED), DeliveryRow.doubts > 0)
    got = select(DeliveryRow.subscription_id).where(
        DeliveryRow.issue_id == issue.id, DeliveryRow.letter_id.in_(letters), arrived
    )
    return readers(issue.newsletter).where(Subscription.id.in_(got), awake(now))


def _faulty(issue_id: int, version: int) -> Select[int]:
    return select(LetterRow.id).where(LetterRow.issue_id == issue_id, LetterRow.version <= version)


def _refuse_words(words: Words) -> None:
    if not words.subject or not words.body:
        raise CannotCorrect("The mail needs a subject and a text.")
    if len(words.subject) > LONGEST_SUBJECT or len(words.body) > LONGEST_BODY:
        raise CannotCorrect(
            f"A subject has at most {LONGEST_SUBJECT} characters, and a text {LONGEST_BODY:,}; nothing was saved."
        )
