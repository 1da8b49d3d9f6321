"""Nights: running the sender as the daemon does, here or in a process of its own, and auditing what came of it.

No reader is lost; none gets two unless the first was in doubt; a second copy has the first one's Message-ID.
"""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from newsletter.delivery import ledger
from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.delivery.sending.report import Ending
from newsletter.domain.delivery import Transport
from newsletter.transports.smtp import SmtpTransport
from tests.delivery import run_sender
from tests.delivery.conftest import House
from tests.smtp_server import SmtpServer

OPEN = {"owed", "claimed", "deferred"}
ROOT = Path(__file__).parents[2]


def transport_to(server: SmtpServer, tls: ssl.SSLContext | None = None, **changes: object) -> SmtpTransport:
    """Return a transport of one connection with a window of eight; keyword arguments change its settings."""
    usual = run_sender.settings("sqlite://", server.port).transport
    return SmtpTransport(replace(usual, **changes), tls, window=8)  # type: ignore[arg-type]


def work_off(house: House, transport: Transport) -> list[Ending]:
    """Run the sender again and again, as the daemon does, until the issue is finished."""
    endings: list[Ending] = []
    while Ending.FINISHED not in endings:
        assert len(endings) < 50, endings
        house.sweep()
        report = house.send(transport)
        endings.append(report.stopped_because)
        house.clock.moment = max(report.try_again_at or house.clock.now(), house.clock.now()) + timedelta(
            seconds=1
        )
    return endings


def audit(house: House, server: SmtpServer) -> set[str]:
    """Compare the server's record with the ledger; return who got two."""
    with house.database.reading() as session:
        lines = {line.email: line for line in ledger.deliveries_of(session, issue_id=house.issue_id)}
    got = Counter(server.recipients)
    for email, line in lines.items():
        assert line.state not in OPEN, line
        assert line.state != "accepted" or got[email] >= 1, f"{email} is lost"
        assert got[email] <= 1 + line.doubts, f"{email} got {got[email]} with {line.doubts} doubts"
        assert got[email] == 0 or line.state == "accepted" or line.doubts, line
    house.books()
    copies: dict[str, set[bytes]] = {}
    for each in server.accepted:
        copies.setdefault(each.recipient, set()).add(each.message)
    assert all(len(messages) == 1 for messages in copies.values())
    assert len({_message_id(messages.pop()) for messages in copies.values()}) == len(got)
    return {email for email, count in got.items() if count > 1}


def _message_id(message: bytes) -> bytes:
    found = re.search(rb"^Message-ID: <(.+)>", message, re.MULTILINE)
    assert found
    return found[1]


def start(house: House, server: SmtpServer, connections: int = 1, largest_file: int = 0) -> subprocess.Popen[str]:
    """Start a sender in a process of its own; how its run ended stands on its standard output.

    No file of it may grow beyond `largest_file` octets; 0 means no limit.
    """
    url = house.database.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(server.port), str(house.issue_id), str(connections), str(largest_file)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.run_sender", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ending_of(sender: subprocess.Popen[str]) -> str:
    """Wait for a sender's end; return how its run ended."""
    said, words = sender.communicate(timeout=30)
    assert sender.returncode == 0, words
    return said.strip()


def wake_after_the_lease(house: House) -> None:
    """Set the clock of the house to after the real lease that the killed process wrote."""
    with house.database.reading() as session:
        lease = session.scalar(select(func.max(DeliveryRow.lease_until)))
    assert lease is not None
    house.clock.moment = lease + timedelta(seconds=1)
