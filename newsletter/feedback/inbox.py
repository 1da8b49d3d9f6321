"""The inbox of everything that comes back: kept first, worked off after, each thing once.

A mail is kept and worked off in one transaction; once that is committed it may be deleted from its mailbox. A
webhook's request is kept and answered at once, and worked off by the daemon: a burst waits here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, select, text, update
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.delivery.ledger.statements import Statement, stored
from newsletter.feedback.drawing import Drawing
from newsletter.feedback.mail.reading import read_mail
from newsletter.feedback.report import NotUnderstood, Report
from newsletter.feedback.rules import Consequence
from newsletter.feedback.tables import Incoming, IncomingState
from newsletter.settings import FeedbackSettings
from subscribers.database import Database
from subscribers.tokens import BadToken, Purpose, Tokens

MAIL = "mail"
_AT_ONCE = 200  # worked off in one transaction

Read = Callable[[bytes, datetime], Sequence[Report]]

log = structlog.get_logger("newsletter.feedback")


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes in what comes back. `hooks` are how the requests of each provider are read, by its name."""

    database: Database
    tokens: Tokens
    clock: Clock
    settings: FeedbackSettings
    hooks: Mapping[str, Callable[[bytes], Sequence[Report]]]

    def take_mail(self, raw: bytes) -> Counter[Consequence]:
        """Keep a mail, and do what follows from it, in one transaction. One that was taken before does nothing."""
        with self.database.writing() as session:
            number = self._keep(session, MAIL, hashlib.sha256(raw).hexdigest(), raw)
            return Counter() if number is None else self._work(session, [session.get_one(Incoming, number)])

    def keep(self, provider: str, body: bytes, key: str = "") -> bool:
        """Keep a genuine request of a provider; tell whether it is new. `key` tells it from a replayed one."""
        with self.database.writing() as session:
            return self._keep(session, provider, key or hashlib.sha256(body).hexdigest(), body) is not None

    def work_off(self, stop: Callable[[], bool]) -> Counter[Consequence]:
        """Do what follows from everything that waits; return what did."""
        drawn: Counter[Consequence] = Counter()
        while not stop():
            with self.database.writing() as session:
                waiting = session.scalars(_waiting()).all()
                drawn += self._work(session, waiting)
            if not waiting:
                break
        if drawn[Consequence.ALARM]:
            log.warning("letters are refused for what they are or whose", reports=drawn[Consequence.ALARM])
        return drawn

    def _keep(self, session: Session, source: str, key: str, body: bytes) -> int | None:
        """Return the number of what is new, None for what was kept before."""
        line = session.connection()
        now = stored(line.dialect, self.clock.now())
        found = _KEEP.run(line, source=source, key=key[:128], received_at=now, body=body).scalar()
        return None if found is None else int(found)

    def _work(self, session: Session, waiting: Sequence[Incoming]) -> Counter[Consequence]:
        drawn: Counter[Consequence] = Counter()
        done: list[int] = []
        drawing = Drawing(session, self.tokens, self.settings, self.clock.now())
        for incoming in waiting:
            try:
                reports = self._read(incoming)
            except NotUnderstood as why:
                incoming.state, incoming.note = IncomingState.NOT_UNDERSTOOD, str(why)
                incoming.worked_at = self.clock.now()
                log.warning("kept and not understood", source=incoming.source, id=incoming.id, reason=str(why))
            else:
                drawn.update(drawing.draw(incoming, reports))
                done.append(incoming.id)
        session.flush()
        _settle(session, done, self.clock.now())
        return drawn

    def _read(self, incoming: Incoming) -> Sequence[Report]:
        if incoming.source == MAIL:
            return read_mail(incoming.body, incoming.received_at, self._leaves)
        if incoming.source not in self.hooks:
            raise NotUnderstood(f"{incoming.source} is no longer configured")
        return self.hooks[incoming.source](incoming.body)

    def _leaves(self, token: str) -> bool:
        try:
            self.tokens.read(Purpose.UNSUBSCRIBE, token)
        except BadToken:
            return False
        return True


# Providers send in bursts, a request an event: what takes one in is compiled once.
_KEEP = Statement(
    lambda _: text(
        "INSERT INTO incoming (source, key, received_at, body, state, note) "
        "VALUES (:source, :key, :received_at, :body, 'waiting', '') "
        "ON CONFLICT (source, key) DO NOTHING RETURNING id"
    )
)


def _settle(session: Session, done: Sequence[int], now: datetime) -> None:
    """Mark what was worked off, by one statement: dirty rows would be written before each query of the work."""
    worked = update(Incoming).where(Incoming.id.in_(done)).values(state=IncomingState.DONE, worked_at=now)
    session.execute(worked, execution_options={"synchronize_session": False})


def _waiting() -> Select[Incoming]:
    return (
        select(Incoming)
        .where(Incoming.state == IncomingState.WAITING)
        .order_by(Incoming.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
