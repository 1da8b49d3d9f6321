"""Signed letters as they arrive: by SMTP, whichever way it talks, and as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import compose
from newsletter.domain.delivery import Batch, Transport, deliver
from newsletter.settings import Settings, TransportSettings
from tests.letters import envelope, small_letter
from tests.smtp_server import SmtpServer, smtp_server
from tests.transports.conftest import PLAIN
from tests.transports.test_dkim import BOTH, verdicts

HOSTILE = ["Zoë Ł\r\nFrom: <other@evil.example>", "b=; h=from", ""]
DOTS = b".\r\n..signed\r\nno dots at the end\r\n"


def opened(settings: Settings, transport: TransportSettings) -> Transport:
    return compose(replace(settings, transport=transport, dkim=BOTH)).open_transport(connections=2)


def batch() -> Batch:
    envelopes = [envelope(number) for number in range(1, len(HOSTILE) + 1)]
    named = [
        replace(each, values={**each.values, "to_name": name})
        for each, name in zip(envelopes, HOSTILE, strict=True)
    ]
    return Batch(small_letter(DOTS), tuple(named))


@pytest.mark.parametrize("offered", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_what_arrives_by_smtp_verifies(settings: Settings, offered: tuple[str, ...]) -> None:
    with smtp_server(SmtpServer(extensions=offered)) as server:
        transport = opened(settings, replace(PLAIN, port=server.port))
        assert len(list(deliver(transport, batch()))) == len(HOSTILE)
        transport.close()
    for each in server.accepted:
        assert verdicts(each.message) == [True, True]


def test_what_is_written_into_a_folder_verifies(settings: Settings, tmp_path: Path) -> None:
    transport = opened(settings, TransportSettings(kind="directory", path=tmp_path))
    outcomes = list(deliver(transport, batch()))
    files = sorted(tmp_path.glob("*.eml"))
    assert [file.name for file in files] == sorted(outcome.remote_id for outcome in outcomes)
    for file in files:
        assert verdicts(file.read_bytes()) == [True, True]
