"""The composition root: the only place that chooses which adapter stands behind which Protocol.

What needs many of them at once (the lock, the sender, notices, test mails) is offered here with everything in
its place, so that the daemon, the command and the desk ask for it in the same few words.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from newsletter.clock import Chance, Clock, SystemChance, SystemClock
from newsletter.delivery.connections import Connections
from newsletter.delivery.lock import Locked, lock
from newsletter.delivery.notices import send_notices
from newsletter.delivery.sender import Progress, SendReport, send_issue
from newsletter.delivery.trial import send_trial
from newsletter.domain.delivery import Outcome, Transport
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings
from newsletter.transports.directory import DirectoryTransport
from newsletter.transports.dkim import Signer
from newsletter.transports.queued import Queued
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database, open_database
from subscribers.tokens import Tokens

FOLDER_CAPACITY = 100  # letters held at once on their way into a folder


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command, a page or the daemon works with."""

    settings: Settings
    database: Database
    tokens: Tokens
    templates: Templates
    clock: Clock
    chance: Chance

    def open_transport(self, connections: int = 1) -> Transport:
        """Return the configured transport, not yet connected, for so many connections. Close it after use."""
        return _transport(self.settings, connections)

    def lock(self, session: Session, issue_id: int, *, actor: str) -> Locked:
        """Freeze an issue's letters and owe them to its readers, in the caller's transaction: `delivery.lock`."""
        return lock(
            session,
            issue_id,
            self.clock.now(),
            settings=self.settings,
            tokens=self.tokens,
            templates=self.templates,
            actor=actor,
        )

    def send(
        self, issue_id: int, *, stop: Callable[[], bool], progress: Progress | None = None, failures: int = 0
    ) -> SendReport:
        """Work off what an issue owes now, over the configured transport: `delivery.sender`.

        With fewer connections than configured where other senders have some.
        """
        connections = Connections(self.database, self.chance.token(16), self.settings.transport.connections)
        granted = connections.take(self.settings.transport.connections, self.clock.now())
        try:
            with closing(self.open_transport(granted)) as transport:
                return send_issue(
                    issue_id,
                    settings=self.settings,
                    database=self.database,
                    tokens=self.tokens,
                    clock=self.clock,
                    chance=self.chance,
                    transport=transport,
                    stop=stop,
                    connections=connections,
                    progress=progress,
                    failures=failures,
                )
        finally:
            connections.leave()

    def send_notices(self, *, stop: Callable[[], bool]) -> int:
        """Send the confirmation mails that are owed, and return how many left: `delivery.notices`."""
        with closing(self.open_transport()) as transport:
            return send_notices(
                settings=self.settings,
                database=self.database,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                transport=transport,
                stop=stop,
            )

    def send_trial(self, issue_id: int, to: str) -> Outcome:
        """Send one test mail of an issue, entered in no books: `delivery.trial`."""
        with closing(self.open_transport()) as transport:
            return send_trial(
                issue_id,
                to,
                settings=self.settings,
                database=self.database,
                tokens=self.tokens,
                templates=self.templates,
                clock=self.clock,
                chance=self.chance,
                transport=transport,
            )


def compose(settings: Settings, clock: Clock | None = None, chance: Chance | None = None) -> App:
    """Put the product together from its settings. Connects to nothing."""
    return App(
        settings=settings,
        database=open_database(settings.database_url),
        tokens=Tokens(settings.secret),
        templates=Templates(settings.templates),
        clock=clock or SystemClock(),
        chance=chance or SystemChance(),
    )


def _transport(settings: Settings, connections: int) -> Transport:
    stamp = Signer(settings.dkim)
    if settings.transport.kind == "directory":
        return Queued(DirectoryTransport(settings.transport.path, stamp), FOLDER_CAPACITY)
    transport = replace(settings.transport, connections=connections)
    return SmtpTransport(transport, window=settings.delivery.window, stamp=stamp)
