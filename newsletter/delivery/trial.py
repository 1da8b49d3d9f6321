"""A test mail: what readers would get now, straight to an editor, entered in no books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.clock import Chance, Clock
from newsletter.delivery.sending.readers import wire_address
from newsletter.domain.delivery import Batch, Envelope, Outcome, Transport, deliver
from newsletter.domain.issue import IssueDraft, Variant
from newsletter.domain.letter import Letter
from newsletter.issues import store
from newsletter.issues.assemble import for_variant
from newsletter.issues.placing import NothingLeft
from newsletter.issues.tables import IssueRow
from newsletter.rendering.correction import correction_letter
from newsletter.rendering.headers import domain_of
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings
from subscribers.database import Database
from subscribers.tokens import Purpose, Tokens

SUBJECT_PREFIX = "[Test] "


def send_trial(
    issue_id: int,
    to: str,
    *,
    settings: Settings,
    database: Database,
    tokens: Tokens,
    templates: Templates,
    clock: Clock,
    chance: Chance,
    transport: Transport,
    variant: Variant | None = None,
) -> Outcome:
    """Send one test mail of an issue and return what the other side said.

    Its links carry TRIAL tokens that name the issue: they work and change nothing. Each has a Message-ID of its
    own, so that a second one is not taken for the first. Raises LookupError when there is no such issue,
    NothingLeft when it has no stories (in that variant), TransportDown, IssueRefused.
    """
    with database.reading() as session:
        draft = _draft(session, settings, issue_id, variant or Variant())
    newsletter = settings.newsletter(draft.newsletter)
    token, mark = tokens.sign(Purpose.TRIAL, issue_id, clock.now()), chance.token(16)
    language = variant.language if variant else newsletter.language
    letter = issue_letter(
        draft,
        newsletter,
        settings.site,
        templates,
        variant=variant or Variant(),
        issue_key=f"trial/{issue_id}/{mark}",
        date=clock.now(),
        view_token=token,
        subject_prefix=SUBJECT_PREFIX,
    )
    greeting = load_phrases(templates, language or newsletter.language).greet("")
    return _Addressed(issue_id, to, newsletter.from_address, greeting, token, mark).hand_over(letter, transport)


def send_correction_trial(
    issue_id: int,
    subject: str,
    body: str,
    to: str,
    *,
    newsletter: NewsletterSettings,
    settings: Settings,
    tokens: Tokens,
    templates: Templates,
    clock: Clock,
    chance: Chance,
    transport: Transport,
) -> Outcome:
    """Send one test of a mail about an issue's mistake; as `send_trial`. Raises TransportDown, IssueRefused."""
    token, mark = tokens.sign(Purpose.TRIAL, issue_id, clock.now()), chance.token(16)
    letter = correction_letter(
        SUBJECT_PREFIX + subject,
        body,
        newsletter,
        settings.site,
        templates,
        language=newsletter.language,
        key=f"trial/correction/{issue_id}/{mark}",
        date=clock.now(),
    )
    greeting = load_phrases(templates, newsletter.language).greet("")
    return _Addressed(issue_id, to, newsletter.from_address, greeting, token, mark).hand_over(letter, transport)


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Whom a test goes to, and what stands in it: its links' token, and what tells it from every other."""

    issue_id: int
    to: str
    sender: str
    greeting: str
    token: str
    mark: str

    def hand_over(self, letter: Letter, transport: Transport) -> Outcome:
        values = {
            "to_name": "",
            "to_address": wire_address(self.to),
            "message_id": f"{self.mark}@{domain_of(self.sender)}",
            "greeting": self.greeting,
            "address": self.to,
            "unsubscribe_token": self.token,
            "preferences_token": self.token,
        }
        envelope = Envelope(self.issue_id, wire_address(self.sender), wire_address(self.to), values)
        return _last(deliver(transport, Batch(letter, (envelope,))))


def _draft(session: Session, settings: Settings, issue_id: int, variant: Variant) -> IssueDraft:
    issue = session.get(IssueRow, issue_id)
    if issue is None:
        raise LookupError(f"there is no issue {issue_id}")
    draft = for_variant(store.draft(session, settings, issue), variant)
    if draft is None:
        raise NothingLeft("the issue has no stories in these sections")
    return draft


def _last(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the one outcome of a batch of one."""
    (outcome,) = outcomes
    return outcome
