"""newsletter dkim: keys are made for their owner alone, records are printed as DNS wants them."""

from __future__ import annotations

import re
import stat

import pytest

from newsletter.domain.dkim_key import record
from tests.cli.conftest import Place

RSA = '\n[dkim]\ndomain = "ledger.example"\nselector = "rsa1"\nkey_file = "rsa1.pem"\n'
BOTH = RSA + 'second_selector = "ed1"\nsecond_key_file = "ed1.pem"\n'


@pytest.fixture
def signing(place: Place) -> Place:
    place.ok("dkim", "key", "--rsa", str(place.folder / "rsa1.pem"))
    place.ok("dkim", "key", "--ed25519", str(place.folder / "ed1.pem"))
    place.config.write_text(place.config.read_text() + BOTH)
    return place


def test_a_key_is_its_owners_and_never_overwritten(signing: Place) -> None:
    file = signing.folder / "ed1.pem"
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = signing.run("dkim", "key", str(file))
    assert (again.exit_code, file.read_bytes()) == (1, before)
    assert "exists already; nothing was changed" in again.stderr


def test_a_folder_that_is_not_there_is_one_sentence(place: Place) -> None:
    done = place.run("dkim", "key", str(place.folder / "no" / "key.pem"))
    assert done.exit_code == 1
    assert "can't be made: No such file or directory." in done.stderr


def test_records_are_printed_in_strings_that_dns_can_hold(signing: Place) -> None:
    rsa, ed = signing.ok("dkim", "record").splitlines()
    assert rsa.startswith("rsa1._domainkey.ledger.example. IN TXT ( ")
    pieces = re.findall(r'"([^"]*)"', rsa)
    assert len(pieces) == 2
    assert max(map(len, pieces)) == 255
    assert "".join(pieces) == record((signing.folder / "rsa1.pem").read_bytes())
    assert re.fullmatch(r'ed1\._domainkey\.ledger\.example\. IN TXT \( "v=DKIM1; k=ed25519; p=.{43}=" \)', ed)
    assert signing.json("dkim", "record")[0]["strings"] == pieces


def test_without_a_key_there_is_no_record(place: Place) -> None:
    done = place.run("dkim", "record")
    assert done.exit_code == 1
    assert "names no key" in done.stderr


def test_check_tells_the_selectors_and_never_the_keys(signing: Place) -> None:
    done = signing.run("config", "check")
    assert "rsa1, ed1" in done.stdout
    assert "PRIVATE" not in done.output + signing.ok("config", "check", "--json")
    assert "dkim.domain" not in done.stderr


def test_check_warns_of_a_sender_whom_the_signature_does_not_cover(signing: Place) -> None:
    signing.config.write_text(
        signing.config.read_text().replace('domain = "ledger.example"', 'domain = "a.example"')
    )
    assert (
        "from_address is at ledger.example, which dkim.domain a.example" in signing.run("config", "check").stderr
    )
