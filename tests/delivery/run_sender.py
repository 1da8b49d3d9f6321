"""A sender in a process of its own, for tests that kill it: database URL, SMTP port, issue, connections."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from newsletter.clock import SystemChance, SystemClock
from newsletter.delivery.sender import send_issue
from newsletter.settings import (
    DeliverySettings,
    NewsletterSettings,
    Settings,
    SignupSettings,
    SiteSettings,
    TransportSettings,
)
from newsletter.transports.smtp import SmtpTransport
from subscribers.database import open_database
from subscribers.tokens import Tokens

SECRET = "a secret for tests that is long enough"
WINDOW = 10


def settings(url: str, port: int, connections: int = 1) -> Settings:
    zone = ZoneInfo("Europe/Berlin")
    return Settings(
        site=SiteSettings("The Harbour Ledger", "https://news.ledger.example", zone, "4 Quay Street, Port Ansel"),
        database_url=url,
        secret=SECRET,
        transport=TransportSettings(
            kind="smtp", host="127.0.0.1", port=port, security="none", local_hostname="sender.example",
            timeout=timedelta(seconds=30), connections=connections,
        ),
        signup=SignupSettings("Send me the evening mail.", "1"),
        newsletters=(
            NewsletterSettings("evening", "The Evening Ledger", "evening@ledger.example", time(17), time(18)),
        ),
        sources=(),
        delivery=replace(DeliverySettings(), window=WINDOW),
    )  # fmt: skip


def main(url: str, port: str, issue_id: str, connections: str = "1") -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    in_force = settings(url, int(port), int(connections))
    transport = SmtpTransport(in_force.transport, window=WINDOW)
    report = send_issue(
        int(issue_id),
        settings=in_force,
        database=open_database(url),
        tokens=Tokens(SECRET),
        clock=SystemClock(),
        chance=SystemChance(),
        transport=transport,
        stop=stop.is_set,
    )
    transport.close()
    sys.stdout.write(report.stopped_because)


if __name__ == "__main__":
    main(*sys.argv[1:])
