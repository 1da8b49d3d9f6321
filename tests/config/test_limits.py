"""What `[signup]` says against abuse, and mistakes in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.config import ConfigError, load
from newsletter.settings import Consent, Limit
from tests.config.test_signup import EXAMPLE, SECRET, read


def test_what_stands_in_the_example_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE)
    example = load(file, {}, secret=SECRET).signup
    words = f'consent_text = "{example.consent_text}"', f'consent_version = "{example.consent_version}"'
    assert read(tmp_path, *words) == example


def test_words_of_consent_have_a_language_each(tmp_path: Path) -> None:
    assert read(tmp_path, 'consent_texts.de = "Ja"', 'consent_texts.pt-BR = "Sim"').consents[1:] == (
        Consent("Ja", "1/de", "de"),
        Consent("Sim", "1/pt-BR", "pt-BR"),
    )
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, 'consent_texts.german1 = ""', 'consent_texts."de!" = "Ja"')
    assert "consent_texts.de! is no language" in str(refused.value)
    assert "consent_texts.german1" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ('"20 per 10 min"', Limit(20, timedelta(minutes=10))),
        ('"200 per hour"', Limit(200, timedelta(hours=1))),
        ('" 3 PER 1.5 h "', Limit(3, timedelta(minutes=90))),
        ('"5 per day"', Limit(5, timedelta(days=1))),
        ("0", None),
    ],
)
def test_a_limit_is_a_number_per_time(tmp_path: Path, written: str, limit: Limit | None) -> None:
    assert read(tmp_path, f"per_network = {written}").per_network == limit


@pytest.mark.parametrize(
    "written",
    ['"20"', '"per hour"', '"20 per"', '"20 per blue moon"', '"0 per hour"', '"1 per 0 s"', '"1 per 0.01 s"',
     '"1 per 9 weeks"', '"20 / hour"', "20", "true", "[]", '"-1 per hour"'],
)  # fmt: skip
def test_what_is_no_limit_is_told(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"signup\.per_domain is .*; expected a number per length of time"):
        read(tmp_path, f"per_domain = {written}")


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(
            tmp_path,
            "per_address = 10",
            'minimum_time = "2 min"',
            "proof_of_work = 60",
            'shared_domains = ["no domain"]',
            "confirmations_per_minute = -1",
            'per_netwrok = "1 per day"',
        )
    told = str(caught.value)
    assert "signup.per_address is 10; expected a number per length of time" in told
    assert 'signup.minimum_time is "2 min"; expected a length of time up to a minute' in told
    assert "signup.proof_of_work is 60; expected a whole number from 0 to 22" in told
    assert "signup.shared_domains is ['no domain']; expected a list of domains" in told
    assert "signup.confirmations_per_minute is -1; expected a whole number" in told
    assert 'signup.per_netwrok is not a key of the configuration; did you mean "per_network"?' in told


def test_shared_domains_are_written_as_mail_writes_them(tmp_path: Path) -> None:
    found = read(tmp_path, 'shared_domains = ["Mail.Example", "müller.example"]').shared_domains
    assert found == {"mail.example", "xn--mller-kva.example"}
