"""What is counted: nothing by default, in general or for one newsletter only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import Settings, TrackingSettings

EXAMPLE = shipped.example_config().read_text()
SECRET = "a secret for tests that is long enough"
TABLE = '[tracking]\nopens = false\nclicks = false\nkeep = "90 days"'


def loaded(folder: Path, *changes: tuple[str, str]) -> Settings:
    text = EXAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "config.toml").write_text(text)
    return load(folder / "config.toml", {}, secret=SECRET)


def test_without_the_table_nothing_is_counted(tmp_path: Path) -> None:
    settings = loaded(tmp_path, (EXAMPLE[EXAMPLE.index("[tracking]") : EXAMPLE.index("[web]")], ""))
    assert settings.tracking == TrackingSettings(opens=False, clicks=False, keep=timedelta(days=90))
    assert not settings.newsletters[0].tracking.is_on


def test_a_newsletter_says_otherwise_key_by_key(tmp_path: Path) -> None:
    general = 'opens = true\nclicks = false\nkeep = "30 days"'
    own = ("# tracking = { clicks = true } ", "tracking = { clicks = true } ")
    settings = loaded(tmp_path, (TABLE, f"[tracking]\n{general}"), own)
    assert settings.newsletters[0].tracking == TrackingSettings(True, True, timedelta(days=30))
    assert settings.tracking == TrackingSettings(True, False, timedelta(days=30))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("opens = false", 'opens = "yes"'), 'tracking.opens is "yes"; expected true or false'),
        (('keep = "90 days"', "keep = 0"), "tracking.keep is 0; expected a length of time"),
        (("clicks = false", "click = true"), 'tracking.click is not a key .* did you mean "clicks"'),
        (
            ("# tracking = { clicks = true } ", "tracking = { keep = 1 } "),
            r"newsletters\[0\].tracking.keep is not a key",
        ),
        (
            ("# tracking = { clicks = true } ", "tracking = true "),
            r"newsletters\[0\].tracking is True; expected a table",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        loaded(tmp_path, change)
