"""A letter through a provider's real API, as an operator's own configuration has it.

`NEWSLETTER_LIVE` names a configuration whose [transport] is a mail API, and `NEWSLETTER_LIVE_TO` a mailbox that
may get a letter. Everything but the last test sends in the sandbox, and delivers nothing.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import compose
from newsletter.clock import SystemClock
from newsletter.config import load
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Verdict, deliver
from newsletter.domain.letter import Letter
from newsletter.settings import ApiSettings, Settings
from tests.letters import envelope
from tests.transports.api.letters import full_letter

CONFIG = os.environ.get("NEWSLETTER_LIVE", "")
TO = os.environ.get("NEWSLETTER_LIVE_TO", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not CONFIG, reason="NEWSLETTER_LIVE names no configuration with a mail API"),
]


@pytest.fixture
def settings() -> Settings:
    return load(Path(CONFIG), os.environ)


def test_the_sandbox_takes_a_letter(settings: Settings) -> None:
    assert [outcome.verdict for outcome in sent(settings, sandbox=True)] == [Verdict.ACCEPTED]


def test_a_wrong_key_is_about_us_and_not_about_the_reader(settings: Settings) -> None:
    with pytest.raises(IssueRefused):
        sent(settings, sandbox=True, key="a-guess")


@pytest.mark.skipif(not TO, reason="NEWSLETTER_LIVE_TO names no mailbox")
def test_a_mailbox_gets_a_letter(settings: Settings) -> None:
    (outcome,) = sent(settings, sandbox=False)
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.remote_id


def sent(settings: Settings, **changes: object) -> list[Outcome]:
    """Send one letter and return what is said of it."""
    api = settings.transport.api
    assert isinstance(api, ApiSettings), "the configuration's transport is no mail API"
    transport = replace(settings.transport, api=replace(api, **changes), also=())  # type: ignore[arg-type]
    app = compose(replace(settings, transport=transport), SystemClock())
    with closing(app.open_transport()) as opened:
        return list(deliver(opened, Batch(letter(settings), (to(settings),)), patience=60))


def letter(settings: Settings) -> Letter:
    """A letter from the newsletter's own address, which the provider knows."""
    found, sender = full_letter(), settings.newsletters[0].from_address.encode()
    return replace(
        found, segments=tuple(each.replace(b"evening@ledger.example", sender) for each in found.segments)
    )


def to(settings: Settings) -> Envelope:
    written = envelope(1)
    recipient = TO or settings.newsletters[0].from_address
    return replace(written, recipient=recipient, values={**written.values, "to_address": recipient})
