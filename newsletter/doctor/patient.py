"""Who is examined: the configuration as others see it, and what the checks look through."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from newsletter.app import App
from newsletter.clock import Clock
from newsletter.doctor.names import Names, names
from newsletter.rendering.headers import domain_of
from newsletter.settings import Settings, TransportSettings
from newsletter.transports.api.line import Line
from subscribers.database import Database
from subscribers.tokens import Tokens

PATIENCE = timedelta(seconds=15)  # for a web server's answer
_HERE = frozenset({"localhost", "localhost.localdomain"})


@dataclass(frozen=True, slots=True)
class Patient:
    """One examination's subject.

    `revisions` are the database's and this program's. `tls` is the trust in mail servers; None is the system's.
    """

    settings: Settings
    database: Database
    tokens: Tokens
    clock: Clock
    names: Names
    line: Line
    revisions: tuple[str | None, str]
    tls: ssl.SSLContext | None = None

    @property
    def ways(self) -> tuple[TransportSettings, ...]:
        """Every way out."""
        first = self.settings.transport
        return (first, *first.also)

    @property
    def servers(self) -> tuple[TransportSettings, ...]:
        """The ways out that are mail servers."""
        return tuple(way for way in self.ways if way.kind == "smtp")

    @property
    def elsewhere(self) -> str:
        """Say by what letters leave where no mail server of the configuration takes them."""
        kinds = [way.kind for way in self.ways if way.kind != "directory"]
        return f"Letters leave by {' and '.join(kinds)}" if kinds else "Letters are written into a folder"

    @property
    def signs(self) -> bool:
        """Tell whether letters are signed by us, if they are: a mail API signs by itself."""
        return any(way.api is None for way in self.ways)

    @property
    def from_domains(self) -> tuple[str, ...]:
        """The domains that readers see as the sender's."""
        return tuple(dict.fromkeys(domain_of(each.from_address) for each in self.settings.newsletters))

    @property
    def return_domains(self) -> tuple[str, ...]:
        """The domains of the envelope's sender, to which bounces go."""
        path = self.settings.feedback.return_path
        return (domain_of(path),) if path else self.from_domains

    @property
    def sender(self) -> str:
        """An envelope's sender, as receivers see one."""
        return self.settings.feedback.return_path or self.settings.newsletters[0].from_address

    def sending_addresses(self) -> tuple[str, ...]:
        """Return the addresses that our mail comes from: those configured, else mail servers'. Raises NoAnswer.

        A mail server on this machine is no help: what address it has outside is known there only.
        """
        if self.settings.doctor.sending_addresses:
            return self.settings.doctor.sending_addresses
        hosts = [way.host for way in self.servers]
        found = [each for host in hosts for each in self._addresses(host)]
        return tuple(dict.fromkeys(each for each in found if ip_address(each).is_global))

    def _addresses(self, host: str) -> tuple[str, ...]:
        if host in _HERE:
            return ()
        try:
            return (str(ip_address(host)),)
        except ValueError:
            return self.names.addresses(host)


def is_here_alone(settings: Settings) -> bool:
    """Tell whether readers' links lead to this very machine, as in a demonstration: nobody outside is reached."""
    return urlsplit(settings.site.base_url).hostname in _HERE | {"127.0.0.1", "::1"}


def patient_of(app: App, revisions: tuple[str | None, str]) -> Patient:
    """Return the product as somebody to examine."""
    settings = app.settings
    asked = names(settings.doctor.name_server)
    line = Line(app.clock, PATIENCE)
    return Patient(settings, app.database, app.tokens, app.clock, asked, line, revisions)
