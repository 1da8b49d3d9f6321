"""A sender in a process of its own, for tests that kill it: database URL, SMTP port, issue,
connections, and how large a file of it may become (octets, or 0)."""

from __future__ import annotations

import resource
import signal
import sys
import threading
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from newsletter.clock import SystemChance, SystemClock
from newsletter.delivery.sending.sender import send_issue
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
LEASE = timedelta(minutes=10)


def settings(url: str, port: int, connections: int = 1, lease: timedelta = LEASE) -> Settings:
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
        delivery=DeliverySettings(window=WINDOW, lease=lease),
    )  # fmt: skip


def main(url: str, port: str, issue_id: str, connections: str, largest_file: str) -> None:
    lease = LEASE
    if int(largest_file):
        lease = timedelta(seconds=2)  # half of it is spent trying to write in vain
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    in_force = settings(url, int(port), int(connections), lease)
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
