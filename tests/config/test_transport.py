"""[transport]: a mail server, a folder, a mail API, or several of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import ConfigError, load
from newsletter.settings import InDoubt, Settings
from tests.config.test_example import EXAMPLE, SECRET

API = {"NEWSLETTER_API_KEY": "a-key"}
MAILGUN = 'kind = "mailgun"\ndomain = "ledger.example"\nregion = "eu"\n'


def read(tmp_path: Path, transport: str, more: str = "", environ: dict[str, str] | None = None) -> Settings:
    text = EXAMPLE.read_text()
    before, _, rest = text.partition("[transport]\n")
    after = "[collect]\n" + rest.partition("[collect]\n")[2]
    file = tmp_path / "config.toml"
    file.write_text(f"{before}[transport]\n{transport}\n{after}".replace('in_doubt = "resend"', more))
    return load(file, API if environ is None else environ, secret=SECRET)


def mistakes(tmp_path: Path, transport: str, more: str = "", environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path, transport, more, environ or {})
    return str(wrong.value)


def test_a_mail_api_asks_about_doubts_by_default(tmp_path: Path) -> None:
    settings = read(tmp_path, MAILGUN)
    assert settings.transport.api is not None
    assert (settings.transport.api.key, settings.transport.api.region) == ("a-key", "eu")
    assert settings.delivery.in_doubt is InDoubt.ASK
    assert "a-key" not in repr(settings)


def test_blind_copies_are_refused(tmp_path: Path) -> None:
    said = mistakes(tmp_path, MAILGUN, 'in_doubt = "resend"', API)
    assert 'delivery.in_doubt is "resend", which would send copies blindly' in said


@pytest.mark.parametrize(
    ("transport", "said"),
    [
        (MAILGUN, "transport.api_key_file is missing; name a file that holds the key, or set NEWSLETTER_API_KEY"),
        ('kind = "mailgun"', "transport.domain is missing"),
        (MAILGUN + 'api_key = "oops"', "transport.api_key stands in the file"),
        (MAILGUN.replace('"eu"', '"mars"'), "transport.region"),
        (MAILGUN + 'endpoint = "http://api.else.example"', "transport.endpoint"),
        ('kind = "ses"', "transport.region and api_key_id are wanted"),
        ('kind = "pigeon"', "transport.kind"),
        (MAILGUN + "batch = 2000", "transport.batch"),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, transport: str, said: str) -> None:
    told = mistakes(tmp_path, transport)
    assert said in told
    assert "oops" not in told


def test_several_ways_out(tmp_path: Path) -> None:
    also = '[[transport.also]]\nkind = "smtp"\nhost = "second.example"\nweight = 3\ndomains = ["Mail.Example"]\n'
    settings = read(tmp_path, f'kind = "smtp"\nhost = "first.example"\nsecurity = "tls"\n{also}')
    (second,) = settings.transport.also
    assert (second.host, second.weight, second.domains) == ("second.example", 3, frozenset({"mail.example"}))
    assert settings.delivery.in_doubt is InDoubt.RESEND


def test_one_mail_api_among_several_is_enough_to_ask(tmp_path: Path) -> None:
    also = f"[[transport.also]]\n{MAILGUN}"
    settings = read(tmp_path, f'kind = "smtp"\nhost = "first.example"\nsecurity = "tls"\n{also}')
    assert settings.delivery.in_doubt is InDoubt.ASK
