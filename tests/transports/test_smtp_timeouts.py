"""SMTP: how long silence is borne at each stage where no time-out is configured (RFC 5321 section 4.5.3.2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from newsletter.clock import SystemClock
from newsletter.domain.delivery import TransportDown
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch, small_letter
from tests.smtp_server import Deed, SmtpServer
from tests.transports.conftest import PLAIN, on_each_way

LARGE = small_letter((b"y" * 76 + b"\r\n") * 100_000)  # more than the buffers between us hold
MINUTES = {"MAIL": 5, "RCPT": 5, "DATA": 2, "BODY": 3, "DOT": 10}
ALMOST = 20.0  # seconds before the end


class ForwardClock(SystemClock):
    """The machine's clock, set forward."""

    by = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.by


@pytest.fixture
def clock() -> ForwardClock:
    return ForwardClock()


@pytest.fixture
def transport(server: SmtpServer, clock: ForwardClock) -> Iterator[SmtpTransport]:
    with closing(
        SmtpTransport(replace(PLAIN, port=server.port, timeout=None), window=1, clock=clock)
    ) as transport:
        yield transport


@pytest.fixture
def release() -> Iterator[threading.Event]:
    release = threading.Event()
    yield release
    release.set()


@on_each_way("stage", [(stage,) for stage in MINUTES])
def test_silence_is_borne_as_long_as_the_standard_asks_and_not_longer(
    server: SmtpServer, transport: SmtpTransport, clock: ForwardClock, release: threading.Event, stage: str
) -> None:
    server.plan(stage, Deed(hold=release, hang_up=True))
    transport.send(batch(1, letter=LARGE if stage == "BODY" else None))
    while stage not in server.commands:
        assert list(transport.receive(0.02)) == []
    assert list(transport.receive(0.1)) == []
    clock.by = MINUTES[stage] * 60 - ALMOST
    assert list(transport.receive(0.1)) == []
    clock.by = MINUTES[stage] * 60 + ALMOST
    assert "timed out" in words(transport)


def words(transport: SmtpTransport) -> str:
    """Return what the only message's outcome says, or the trouble."""
    try:
        (outcome,) = transport.receive(5)
    except TransportDown as trouble:
        return str(trouble)
    return outcome.reply
