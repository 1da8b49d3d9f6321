"""Sends the links that people at the desk are owed: invitations, and links to sign in.

One at a time, each claimed before it is sent, as notices are. A link is not sent after its time: it would open
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery import retry
from newsletter.delivery.sending.readers import wire_address
from newsletter.domain.delivery import (
    Batch,
    Envelope,
    IssueRefused,
    Outcome,
    Transport,
    TransportDown,
    Verdict,
    deliver,
)
from newsletter.editors import links
from newsletter.editors.tables import DeskLink, Editor, LinkState
from newsletter.rendering.headers import domain_of
from newsletter.rendering.notice import LINKS, notice_letter
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from subscribers.database import Database
from subscribers.tokens import Tokens

LANGUAGE = "en"  # as the desk speaks
_NOT_AN_ISSUE = 1 << 63  # added to a link's number, so that its Message-ID is never that of an issue's letter
_NO_SUBSCRIPTION = 0  # nor that of a notice
_log = structlog.get_logger("newsletter.delivery")


@dataclass(frozen=True, slots=True)
class _Owed:
    """One mail that is ours to send. `attempt` fences what is settled: a later claim has a higher one."""

    id: int
    attempt: int
    kind: str
    created_at: datetime
    email: str
    name: str
    token: str


def send_desk_mails(
    *,
    settings: Settings,
    database: Database,
    tokens: Tokens,
    templates: Templates,
    clock: Clock,
    transport: Transport,
    stop: Callable[[], bool],
) -> int:
    """Send the links that are due; return how many were accepted. What can't leave now stays owed."""
    post = _Post(settings, database, tokens, templates, clock, transport)
    accepted = 0
    while not stop() and (owed := post.claim()):
        try:
            accepted += post.send(owed)
        except (TransportDown, IssueRefused) as trouble:
            _log.warning("links to the desk were not sent", reason=str(trouble))
            break
    return accepted


@dataclass(frozen=True, slots=True)
class _Post:
    settings: Settings
    database: Database
    tokens: Tokens
    templates: Templates
    clock: Clock
    transport: Transport

    def claim(self) -> _Owed | None:
        """Return the next link that is due, claimed and committed; forget those that would open nothing."""
        now = self.clock.now()
        with self.database.reading() as session:  # mostly there is nothing to do, and no lock is needed to see it
            if session.execute(_due(now)).first() is None:
                return None
        with self.database.writing() as session:
            _forget_dead(session, now)
            found = session.execute(_due(now).with_for_update(of=DeskLink, skip_locked=True)).first()
            if found is None:
                return None
            link, editor = found
            link.attempts, link.state = link.attempts + 1, LinkState.CLAIMED
            link.lease_until = now + self.settings.delivery.lease
            token = links.written(self.tokens, link)
            return _Owed(link.id, link.attempts, link.kind, link.created_at, editor.email, editor.name, token)

    def send(self, owed: _Owed) -> bool:
        """Send one and settle it; tell whether it was accepted. Raises TransportDown, IssueRefused."""
        outcome: Outcome | None = None
        try:
            for outcome in deliver(self.transport, self._batch(owed)):  # noqa: B007 - one has one outcome
                pass
        finally:
            self._settle(owed, outcome)
        return outcome is not None and outcome.verdict is Verdict.ACCEPTED

    def _batch(self, owed: _Owed) -> Batch:
        newsletter = self.settings.newsletters[0]  # whose address the newsroom's mail servers know
        kind = f"desk_{owed.kind}"
        letter = notice_letter(
            kind,
            newsletter,
            self.settings.site,
            self.templates,
            key=f"desk/{owed.id}",
            date=owed.created_at,
            language=LANGUAGE,
        )
        message_id = self.tokens.message_id(_NOT_AN_ISSUE | owed.id, _NO_SUBSCRIPTION)
        values = {
            "to_name": owed.name,
            "to_address": wire_address(owed.email),
            "message_id": f"{message_id}@{domain_of(newsletter.from_address)}",
            "greeting": load_phrases(self.templates, LANGUAGE).greet(owed.name),
            LINKS[kind][1]: owed.token,
        }
        envelope = Envelope(owed.id, wire_address(newsletter.from_address), wire_address(owed.email), values)
        return Batch(letter, (envelope,))

    def _settle(self, owed: _Owed, outcome: Outcome | None) -> None:
        """Write what came of it; without an outcome it is owed again, a little later."""
        now = self.clock.now()
        ours = DeskLink.id == owed.id, DeskLink.state == LinkState.CLAIMED, DeskLink.attempts == owed.attempt
        values = _after(owed, outcome, now)
        with self.database.writing() as session:
            session.execute(update(DeskLink).where(*ours).values(lease_until=None, **values))


def _after(owed: _Owed, outcome: Outcome | None, now: datetime) -> dict[str, object]:
    if outcome is None:
        return {"state": LinkState.OWED, "due_at": now + retry.FIRST_LINE_DELAY}
    if outcome.verdict is not Verdict.DEFERRED:
        return {"state": LinkState(outcome.verdict), "reply": outcome.reply}
    return {"state": LinkState.OWED, "due_at": now + retry.delay(owed.attempt, jitter=1), "reply": outcome.reply}


def _due(now: datetime) -> Select[DeskLink, Editor]:
    """Those that are owed, and those whose sender died: a link that comes twice opens the desk once."""
    lapsed = (DeskLink.state == LinkState.CLAIMED) & (DeskLink.lease_until < now)
    owed = (DeskLink.state == LinkState.OWED) & (DeskLink.due_at <= now)
    due = select(DeskLink, Editor).join(Editor, Editor.id == DeskLink.editor_id).where(owed | lapsed)
    return due.order_by(DeskLink.due_at, DeskLink.id).limit(1)


def _forget_dead(session: Session, now: datetime) -> None:
    dead = (DeskLink.expires_at <= now) | DeskLink.used_at.is_not(None)
    session.execute(delete(DeskLink).where(DeskLink.state == LinkState.OWED, dead))
