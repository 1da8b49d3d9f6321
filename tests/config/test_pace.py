"""`[pace]` as it is written, and mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import DomainPace, PaceSettings

EXAMPLE = shipped.example_config().read_text()
SECRET = "a secret for tests that is long enough"


def read(folder: Path, written: str) -> PaceSettings:
    file = folder / "config.toml"
    head, _, tail = EXAMPLE.partition("[pace]\nmessages_per_second = 0\n")
    assert tail
    file.write_text(f"{head}{written}\n{tail}")
    return load(file, {}, secret=SECRET).pace


def test_no_limits_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, "") == read(tmp_path, "[pace]") == PaceSettings()


def test_limits_of_the_transport_and_of_domains(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "[pace]\nmessages_per_second = 14\n"
        '[pace.domains."Mail.Example"]\nmessages_per_second = 0.5\nconcurrent = 3\n'
        '[pace.domains."müller.example"]\nconcurrent = 1',
    )
    assert found.messages_per_second == 14
    assert found.domains == {
        "mail.example": DomainPace(0.5, 3),
        "xn--mller-kva.example": DomainPace(0, 1),
    }


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            "[pace]\nmessages_per_second = -1",
            "pace.messages_per_second is -1; expected a number from 0 to 1,000,000",
        ),
        ("[pace]\nmessages_per_second = true", "pace.messages_per_second is True; expected a number"),
        ("[pace]\nmessages_per_second = nan", "pace.messages_per_second is nan; expected a number"),
        ('[pace]\nmessages_per_second = "9"', 'pace.messages_per_second is "9"; expected a number'),
        ("[pace]\nconcurrent = 3", "pace.concurrent is not a key of the configuration; known here: domains"),
        ("[pace]\ndomains = 3", "pace.domains is 3; expected a table [domains]"),
        (
            '[pace.domains."mail.example"]\nconcurrent = 1.5',
            "pace.domains.mail.example.concurrent is 1.5; expected a whole number from 0",
        ),
        ('[pace.domains."m.example"]\nrate = 1', "pace.domains.m.example.rate is not a key of the configuration"),
        ('[pace.domains]\n"m.example" = 5', "pace.domains.m.example is 5; expected a table"),
        (
            "[pace.domains.mail.example]\nconcurrent = 1",
            'pace.domains.mail is no domain; expected one in quotes, such as [pace.domains."mail.example"]',
        ),
        (
            '[pace.domains."M.example"]\n[pace.domains."m.example"]',
            "pace.domains.m.example is m.example, which stands here already; a domain has one pace",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, written: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, written)
    told = [line.partition("config.toml: ")[2] for line in str(caught.value).splitlines()]
    assert [line for line in told if line.startswith(sentence)], told
