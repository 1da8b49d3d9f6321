"""The example configuration is what it says it is: complete, and in force as written."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load
from newsletter.domain.dkim_key import new_key
from newsletter.settings import InDoubt

EXAMPLE = shipped.example_config()
SECRET = "a secret for tests that is long enough"


def test_the_example_is_in_force_as_written() -> None:
    settings = load(EXAMPLE, {"NEWSLETTER_SECRET": SECRET})
    evening = settings.newsletter("evening")
    assert (evening.build_at, evening.send_at, evening.late_after) == (time(17, 30), time(18), timedelta(hours=3))
    assert [section.name for section in evening.sections] == ["city", "business", "culture", "science", "sport"]
    assert settings.site.time_zone.key == "Europe/Berlin"
    assert settings.delivery.in_doubt is InDoubt.RESEND
    assert settings.collect.max_bytes == 8_000_000


def test_paths_are_resolved_against_the_files_folder(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text().replace('# templates = "templates"', 'templates = "mine"'))
    settings = load(file, {}, secret=SECRET)
    assert settings.database_url == f"sqlite:///{tmp_path}/newsletter.db"
    assert settings.templates == tmp_path / "mine"


@pytest.mark.parametrize(("written", "days"), [("0", 0), ('"0 s"', 0), ('"2 days"', 2), ('"30 days"', 30)])
def test_network_addresses_are_kept_for_a_time_or_not_at_all(tmp_path: Path, written: str, days: int) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text().replace('= "30 days"', f"= {written}"))
    assert load(file, {}, secret=SECRET).privacy.keep_network_addresses == timedelta(days=days)


def test_a_given_secret_wins_and_the_environments_comes_before_the_files(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text())
    (tmp_path / "secret.key").write_text("f" * 40 + "\n")
    assert load(file, {}).secret == "f" * 40
    assert load(file, {"NEWSLETTER_SECRET": "e" * 40}).secret == "e" * 40
    assert load(file, {"NEWSLETTER_SECRET": "e" * 40}, secret="g" * 40).secret == "g" * 40


def test_the_password_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text().replace('# password_file = "smtp.password"', 'password_file = "pw"'))
    (tmp_path / "pw").write_text("from the file\n")
    assert load(file, {}, secret=SECRET).transport.password == "from the file"
    environ = {"NEWSLETTER_SMTP_PASSWORD": "from outside"}
    assert load(file, environ, secret=SECRET).transport.password == "from outside"


def test_the_databases_password_comes_from_outside_too(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        EXAMPLE.read_text().replace("sqlite:///newsletter.db", "postgresql://paper@db.example/paper", 1)
    )
    settings = load(file, {"NEWSLETTER_DATABASE_PASSWORD": "p@ss/word"}, secret=SECRET)
    assert settings.database_url == "postgresql://paper:p%40ss%2Fword@db.example/paper"


def test_secrets_are_not_shown_by_repr() -> None:
    settings = load(EXAMPLE, {"NEWSLETTER_SMTP_PASSWORD": "hunter two"}, secret=SECRET)
    assert SECRET not in repr(settings)
    assert "hunter two" not in repr(settings)


def test_every_key_of_the_example_that_is_commented_out_is_known_too(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    shown = [
        line.removeprefix("# ") if line.startswith(("# [[", "# ")) and _is_toml(line) else line for line in lines
    ]
    file = tmp_path / "config.toml"
    file.write_text("\n".join(shown))
    for name in ("smtp.password", "database.password", "imap.password", "mailgun.webhook", "disposable.txt"):
        (tmp_path / name).write_text("x")
    for name in ("rsa2026.pem", "ed2026.pem"):
        (tmp_path / name).write_bytes(new_key(rsa=name.startswith("rsa")))
    settings = load(file, {}, secret=SECRET)
    assert [source.kind for source in settings.sources] == ["feed", "wordpress", "folder"]
    assert [key.selector for key in settings.dkim.keys] == ["rsa2026", "ed2026"]
    assert settings.newsletters[0].unsubscribe_address == "leave@ledger.example"


def _is_toml(line: str) -> bool:
    try:
        return bool(tomllib.loads(line.removeprefix("# ")))
    except tomllib.TOMLDecodeError:
        return False


def test_a_file_that_is_not_there_or_not_toml_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: there is no such file.*newsletter init"):
        load(tmp_path / "nothing.toml", {})
    (tmp_path / "broken.toml").write_text("[site\nname = 1")
    with pytest.raises(ConfigError, match=r"broken\.toml: is not TOML: .*line 1"):
        load(tmp_path / "broken.toml", {})
