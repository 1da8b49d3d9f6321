"""A newsroom whose DNS is a real name server on this machine; all is well in it unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

import dns.reversename
import pytest

from newsletter.clock import SetClock, SystemClock
from newsletter.doctor.diagnosis import Diagnosis, quoted
from newsletter.doctor.examining import examine
from newsletter.doctor.names import Names
from newsletter.doctor.patient import PATIENCE, Patient
from newsletter.domain.dkim_key import new_key, record
from newsletter.settings import (
    DkimKey,
    DkimSettings,
    DoctorSettings,
    FeedbackSettings,
    Settings,
    TransportSettings,
)
from newsletter.transports.api.line import Line
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.name_server import NameServer, name_server

OURS = "192.0.2.25"
POINTER = dns.reversename.from_address(OURS).to_text(omit_final_dot=True)
RSA, ED25519 = new_key(rsa=True), new_key(rsa=False)
SIGNING = DkimSettings("ledger.example", (DkimKey("rsa1", RSA), DkimKey("ed1", ED25519)))


@dataclass
class Practice:
    """The name server's zone and the newsroom's settings, both to be changed; `says` examines it then."""

    server: NameServer
    patient: Patient

    def set(self, **changes: object) -> None:
        """Change the newsroom's settings."""
        self.patient = replace(self.patient, settings=replace(self.patient.settings, **changes))  # type: ignore[arg-type]

    def says(self, check: str) -> list[Diagnosis]:
        """Return what a check says now."""
        return list(examine(replace(self.patient, names=Names(self.server.resolver)), [check]))

    def lines(self, check: str) -> list[tuple[str, str]]:
        """Return the healths and sentences of what a check says."""
        return [(str(each.health), each.sentence) for each in self.says(check)]


@pytest.fixture
def practice(settings: Settings, database: Database, tokens: Tokens, clock: SetClock) -> Iterator[Practice]:
    healthy = replace(
        settings,
        transport=TransportSettings("smtp", host="smtp.ledger.example"),
        dkim=SIGNING,
        feedback=FeedbackSettings(return_path="bounces@ledger.example"),
        doctor=DoctorSettings(sending_addresses=(OURS,)),
    )
    with name_server() as server:
        server.zone.update(healthy_zone())
        line = Line(SystemClock(), PATIENCE)
        yield Practice(
            server,
            Patient(healthy, database, tokens, clock, Names(server.resolver), line, ("x", "y")),
        )


def healthy_zone() -> dict[str, dict[str, list[str]] | str]:
    """Return DNS as it should be."""
    assert ip_address(OURS)
    return {
        "ledger.example": {"TXT": ['"v=spf1 ip4:192.0.2.25 -all"'], "MX": ["10 mx.ledger.example."]},
        "mx.ledger.example": {"A": [OURS]},
        "smtp.ledger.example": {"A": [OURS]},
        POINTER: {"PTR": ["mx.ledger.example."]},
        "rsa1._domainkey.ledger.example": {"TXT": [quoted(record(RSA))]},
        "ed1._domainkey.ledger.example": {"TXT": [quoted(record(ED25519))]},
        "_dmarc.ledger.example": {"TXT": ['"v=DMARC1; p=reject; rua=mailto:dmarc@ledger.example"']},
    }
