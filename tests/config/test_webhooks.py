"""[webhooks]: how other systems are told of events."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import OutgoingWebhookSettings

EXAMPLE = shipped.example_config().read_text()
SECRET = {"NEWSLETTER_SECRET": "k" * 40}


def read(folder: Path, written: str) -> OutgoingWebhookSettings:
    file = folder / "config.toml"
    file.write_text(EXAMPLE.replace('[webhooks]\ntimeout = "15 s"', f"[webhooks]\n{written}"))
    return load(file, SECRET).webhooks


def test_hosts_may_be_allowed_and_time_be_given(tmp_path: Path) -> None:
    found = read(tmp_path, 'timeout = "5 s"\nallow_hosts = ["CRM.intranet.example"]')
    assert found == OutgoingWebhookSettings(
        timedelta(seconds=5), frozenset({"crm.intranet.example"}), timedelta(days=14)
    )


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, 'timeout = "soon"\nallow_hosts = "crm"\nretries = 3')
    for key in ("webhooks.timeout", "webhooks.allow_hosts", "webhooks.retries"):
        assert key in str(told.value)
