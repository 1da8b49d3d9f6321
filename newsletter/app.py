"""The composition root: the only place that chooses which adapter stands behind which Protocol."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.clock import Chance, Clock, SystemChance, SystemClock
from newsletter.domain.delivery import Transport
from newsletter.rendering.templates import Templates
from newsletter.settings import Settings, TransportSettings
from newsletter.transports.directory import DirectoryTransport
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import Database, open_database
from subscribers.tokens import Tokens


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command, a page or the daemon works with."""

    settings: Settings
    database: Database
    tokens: Tokens
    templates: Templates
    clock: Clock
    chance: Chance

    def open_transport(self) -> Transport:
        """Return the configured transport, not yet connected. Close it after use."""
        return _transport(self.settings.transport)


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


def _transport(settings: TransportSettings) -> Transport:
    if settings.kind == "directory":
        return DirectoryTransport(settings.path)
    return SmtpTransport(settings)
