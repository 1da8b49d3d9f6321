"""TLS of the mail servers that we hand letters to: offered, valid, for how long yet; whether we may sign in."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.patient import Patient
from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.settings import TransportSettings
from newsletter.transports.smtp.opening import open_connection

CHECK: Final = "tls"
_PATIENCE = timedelta(seconds=20)  # for each answer
_SOON, _VERY_SOON = timedelta(days=14), timedelta(days=3)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def mail_server(patient: Patient) -> Iterator[Diagnosis]:
    """Open a connection to each mail server as a sender would, and look at its certificate."""
    for way in patient.ways:
        if way.api is not None:
            yield Diagnosis(
                CHECK, Health.FINE, f"Letters go to {way.kind} by https alone, its certificate verified."
            )
        elif way.kind == "smtp":
            yield _opened(patient, replace(way, timeout=way.timeout or _PATIENCE))


def _opened(patient: Patient, way: TransportSettings) -> Diagnosis:
    where = f"{way.host}:{way.port}"
    if way.security == "none" and way.host not in _HERE:
        sentence = f"Letters go to {where} in the clear."
        return Diagnosis(CHECK, Health.STOP, sentence, 'Set [transport] security = "starttls" or "tls".')
    try:
        with closing(open_connection(way, patient.tls or ssl.create_default_context()).sock) as sock:
            with suppress(OSError):
                sock.send(b"QUIT\r\n")
            certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
            version = sock.version() if isinstance(sock, ssl.SSLSocket) else None
    except TransportDown as down:
        return Diagnosis(CHECK, Health.STOP, f"No letter can leave: {down}.", "Look at the mail server.")
    except IssueRefused as refused:
        return Diagnosis(CHECK, Health.STOP, f"No letter can leave: {refused}.", "Look at [transport] username.")
    if certificate is None:
        return Diagnosis(CHECK, Health.NOTE, f"{where} is on this machine and is spoken to in the clear.")
    return _judged(where, str(version), _end(certificate), patient.clock.now())


def _end(certificate: Mapping[str, object]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def _judged(where: str, version: str, end: datetime, now: datetime) -> Diagnosis:
    days = (end - now).days
    sentence = f"{where} speaks {version}; its certificate is valid for {days} days more, until {end:%Y-%m-%d}."
    if end - now < _VERY_SOON:
        return Diagnosis(CHECK, Health.STOP, sentence, "Renew it now: without it no letter leaves.")
    if end - now < _SOON:
        return Diagnosis(CHECK, Health.WARNING, sentence, "Renew it; whatever does that by itself has not.")
    return Diagnosis(CHECK, Health.FINE, sentence)
