"""How long somebody stays signed in at the desk, and what is asked of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.settings import DeskSettings, Settings

EXAMPLE = shipped.example_config().read_text()
SECRET = "a secret for tests that is long enough"


def loaded(folder: Path, *changes: tuple[str, str]) -> Settings:
    text = EXAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "config.toml").write_text(text)
    return load(folder / "config.toml", {}, secret=SECRET)


def test_the_example_says_what_holds_without_it(tmp_path: Path) -> None:
    without = (EXAMPLE[EXAMPLE.index("[desk]") : EXAMPLE.index("[web]")], "")
    assert loaded(tmp_path).desk == loaded(tmp_path, without).desk == DeskSettings()


def test_what_is_set_is_read(tmp_path: Path) -> None:
    desk = loaded(
        tmp_path,
        ('session_idle = "12 h"', 'session_idle = "30 min"'),
        ("require_totp = false", "require_totp = true"),
        ('keep_log = "730 days"', 'keep_log = "90 days"'),
    ).desk
    assert (desk.session_idle, desk.require_totp, desk.keep_log) == (
        timedelta(minutes=30),
        True,
        timedelta(days=90),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("require_totp = false", 'require_totp = "yes"'), 'desk.require_totp is "yes"; expected true or false'),
        (('session_lasts = "7 days"', 'session_lasts = "1 h"'), "desk.session_lasts is shorter .* at least 12 h"),
        (
            ('ask_again_after = "1 h"', "ask_again_after = 0"),
            "desk.ask_again_after is 0; expected a length of time",
        ),
        (
            ("require_totp = false", "require_top = true"),
            'desk.require_top is not a key .* did you mean "require_totp"',
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        loaded(tmp_path, change)
