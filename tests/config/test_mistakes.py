"""Each mistake is one sentence that names the file, the key, the value and what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter import shipped
from newsletter.config import ConfigError, load

SECRET = "a secret for tests that is long enough"
EXAMPLE = shipped.example_config().read_text()


def mistakes(folder: Path, written: str, **environ: str) -> list[str]:
    file = folder / "config.toml"
    file.write_text(written)
    with pytest.raises(ConfigError) as caught:
        load(file, environ, secret=SECRET)
    lines = str(caught.value).splitlines()
    assert "hunter2" not in str(caught.value)
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ('name = "The Harbour Ledger"', 'nam = "x"', "site.name is missing; expected a text that is not empty"),
        ('"http://127.0.0.1:8080"', '"ftp://x"', 'site.base_url is "ftp://x"; expected an address such as'),
        ('"Europe/Berlin"', '"Mars/Olympus"', 'site.time_zone is "Mars/Olympus"; expected an IANA time zone'),
        (
            '"sqlite:///newsletter.db"',
            '"mysql://h/d"',
            'database.url is "mysql://h/d"; expected "sqlite:///newsletter.db" or "postgresql://user@host/name"',
        ),
        (
            '"sqlite:///newsletter.db"',
            '"nonsense"',
            'database.url is "nonsense"; expected "sqlite:///newsletter.db"',
        ),
        ('"sqlite:///newsletter.db"', '"sqlite://"', 'database.url is "sqlite://"; expected "sqlite:///newslet'),
        (
            '"sqlite:///newsletter.db"',
            '"postgresql://paper:hunter2@h/d"',
            "database.url holds a password, where a secret must not be; put it in a file and name that in",
        ),
        ('kind = "smtp"', 'kind = "pigeon"', 'transport.kind is "pigeon"; expected "smtp" or "directory"'),
        ("port = 8025", "port = 80250", "transport.port is 80250; expected a whole number from 1 to 65535"),
        ("port = 8025", "port = true", "transport.port is True; expected a whole number"),
        ('every = "10 min"', 'every = "10"', 'collect.every is "10"; expected a length of time such as "90 s"'),
        ('every = "10 min"', 'every = "0 min"', 'collect.every is "0 min"; expected a length of time'),
        (
            'max_bytes = "8 MB"',
            'max_bytes = "8 elephants"',
            'collect.max_bytes is "8 elephants"; expected a size such as "500 KB"',
        ),
        (
            'in_doubt = "resend"',
            'in_doubt = "pray"',
            'delivery.in_doubt is "pray"; expected "resend" or "skip" or',
        ),
        (
            'slug = "evening"',
            'slug = "The Evening"',
            'newsletters[0].slug is "The Evening"; expected small letters',
        ),
        (
            '"evening@ledger.example"',
            '"nobody"',
            'newsletters[0].from_address is "nobody"; expected an email address',
        ),
        ('send_at = "18:00"', 'send_at = "25:00"', 'newsletters[0].send_at is "25:00"; expected a time of day'),
        ('send_at = "18:00"', "send_at = 1800", "newsletters[0].send_at is 1800; expected a time of day"),
        ('days = "daily"', 'days = ["mon", "luna"]', "newsletters[0].days is ['mon', 'luna']; expected \"daily\""),
        (
            'late_after = "3 h"',
            'late_after = "2 days"',
            'newsletters[0].late_after is "2 days"; expected less than',
        ),
        ("minimum = 1", "minimum = 9", "newsletters[0].sections[0].minimum is 9; expected at most its maximum, 4"),
        ('"leave_out"', '"ignore"', 'newsletters[0].sections[0].when_empty is "ignore"; expected "leave_out" or'),
        ('name = "business"', 'name = "city"', 'newsletters[0].sections has "city" twice'),
        ('name = "business"', 'name = "a,b"', 'newsletters[0].sections[1].name is "a,b"; expected a name without'),
        (
            'kind = "feed" ',
            'kind = "fax" ',
            'sources[0].kind is "fax"; expected "feed" or "wordpress" or "folder"',
        ),
        (
            "port = 8025",
            'password = "hunter2"',
            "transport.password stands in the file, where a secret must not be",
        ),
        ("[secrets]", '[secrets]\nkey = "x"', "secrets.key stands in the file, where a secret must not be"),
        ('host = "127.0.0.1"\nport = 8025', "", "transport.host is missing; expected a host such as"),
        (
            'keep_network_addresses = "30 days"',
            'keep_network_addresses = "a while"',
            'privacy.keep_network_addresses is "a while"; expected a length of time such as "90 s"',
        ),
        ("[web]", "[webb]", 'webb is not a key of the configuration; did you mean "web"?'),
        ("window = 32", "windw = 32", 'delivery.windw is not a key of the configuration; did you mean "window"?'),
        ("[web]", "[[web]]", "web is [{"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, right: str, wrong: str, sentence: str) -> None:
    assert right in EXAMPLE
    told = mistakes(tmp_path, EXAMPLE.replace(right, wrong, 1))
    assert any(line.startswith(sentence) for line in told), told


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "[site]\nname = 3\n")
    assert len(told) > 6
    assert any(line.startswith("sources is missing") for line in told)


def test_a_username_in_the_clear_is_refused(tmp_path: Path) -> None:
    written = EXAMPLE.replace('host = "127.0.0.1"\nport = 8025', 'host = "smtp.example.org"\nusername = "me"')
    assert any("a password must not travel in the clear" in line for line in mistakes(tmp_path, written))


def test_names_must_differ(tmp_path: Path) -> None:
    feed = EXAMPLE[EXAMPLE.index("[[sources]]") :].split("\n\n")[0]
    told = mistakes(tmp_path, f"{EXAMPLE}\n{feed}\n")
    assert told == ['sources[1].name is "The Harbour Ledger", which an earlier source has; names must differ']


def test_a_short_key_and_a_missing_one_are_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE)
    with pytest.raises(ConfigError, match=r"secrets\.key_file names .*secret\.key, which can't be read"):
        load(file, {})
    with pytest.raises(ConfigError, match="gives a key of 5 characters, from NEWSLETTER_SECRET"):
        load(file, {"NEWSLETTER_SECRET": "short"})
