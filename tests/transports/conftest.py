"""An SMTP server for each of the three ways of talking to one, and transports that speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import pytest

from newsletter.domain.delivery import Batch, IssueRefused, Outcome, Transport, TransportDown, Verdict, deliver
from newsletter.settings import TransportSettings
from newsletter.transports.smtp import SmtpTransport
from tests.smtp_server import SmtpServer, smtp_server

PLAIN = TransportSettings(
    kind="smtp",
    host="127.0.0.1",
    security="none",
    timeout=timedelta(seconds=10),
    local_hostname="sender.example",
    connections=1,
)

Open = Callable[..., SmtpTransport]


class Way(StrEnum):
    """A way of talking, chosen by what the server offers."""

    LOCK_STEP = "lock-step"
    PIPELINING = "PIPELINING"
    CHUNKING = "CHUNKING"

    @property
    def extensions(self) -> tuple[str, ...]:
        usual = ("8BITMIME", "SMTPUTF8", "SIZE 50000000")
        more = {Way.LOCK_STEP: (), Way.PIPELINING: ("PIPELINING",), Way.CHUNKING: ("PIPELINING", "CHUNKING")}
        return (*more[self], *usual)

    @property
    def commands(self) -> list[str]:
        """What one message takes."""
        return ["MAIL", "RCPT", "DOT"] if self is Way.CHUNKING else ["MAIL", "RCPT", "DATA", "DOT"]


def on_each_way(names: str, cases: list[tuple[object, ...]]) -> pytest.MarkDecorator:
    """Run every case over every way; one that begins with DATA not where DATA is never said."""
    found = [(way, *case) for way in Way for case in cases if case[0] != "DATA" or way is not Way.CHUNKING]
    return pytest.mark.parametrize(f"way,{names}", found)


@pytest.fixture(params=list(Way))
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def server(way: Way) -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=way.extensions)) as server:
        yield server


@pytest.fixture
def open_to() -> Iterator[Open]:
    """Opens a transport to a server; keyword arguments change its settings."""
    opened = []

    def open_(server: SmtpServer, tls: object = None, window: int = 32, **changes: object) -> SmtpTransport:
        settings = replace(PLAIN, port=server.port, **changes)  # type: ignore[arg-type]
        opened.append(SmtpTransport(settings, tls, window=window))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for transport in opened:
        transport.close()


@pytest.fixture
def transport(server: SmtpServer, open_to: Open) -> SmtpTransport:
    """One connection with a window of eight messages."""
    return open_to(server, window=8)


def attempt(transport: Transport, sent: Batch) -> tuple[dict[int, Verdict], Exception | None]:
    """Return the verdicts and what was raised after them."""
    outcomes: list[Outcome] = []
    trouble: Exception | None = None
    try:
        outcomes.extend(deliver(transport, sent))  # what came before an exception stays in the list
    except (TransportDown, IssueRefused) as raised:
        trouble = raised
    assert len({outcome.key for outcome in outcomes}) == len(outcomes)
    return {outcome.key: outcome.verdict for outcome in outcomes}, trouble
