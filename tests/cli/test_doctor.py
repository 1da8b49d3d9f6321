"""`newsletter doctor` in a newsroom's folder, with a name server of the test's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Place
from tests.name_server import NameServer, name_server

SMTP = '[transport]\nkind = "smtp"\nhost = "smtp.ledger.example"\n'


@pytest.fixture
def dns(place: Place) -> Iterator[NameServer]:
    with name_server() as server:
        asked = (
            f'\n[doctor]\nname_server = "127.0.0.1:{server.resolver.port}"\nsending_addresses = ["192.0.2.25"]\n'
        )
        text = place.config.read_text().replace('[transport]\nkind = "directory"\npath = "outbox"\n', SMTP)
        place.config.write_text(text + asked)
        yield server


def test_what_is_wrong_is_told_with_the_record(place: Place, dns: NameServer) -> None:
    done = place.run("doctor", "--only", "spf")
    assert done.exit_code == 1
    assert 'ledger.example. IN TXT "v=spf1 ip4:192.0.2.25 ~all"' in done.stdout
    assert done.stdout.endswith("1 finding, 1 to mend.\n")


def test_programs_get_json(place: Place, dns: NameServer) -> None:
    dns.zone["ledger.example"] = {"TXT": ['"v=spf1 ip4:192.0.2.25 -all"']}
    done = place.run("doctor", "--only", "spf", "--json")
    assert done.exit_code == 0
    assert [(each["check"], each["health"], each["records"]) for each in json.loads(done.stdout)] == [
        ("spf", "fine", []),
        ("spf", "fine", []),
    ]


def test_help_names_the_checks(place: Place) -> None:
    told = place.ok("doctor", "--help")
    assert "spf, dkim, dmarc, mx, reverse" in told
    assert "newsletter doctor --only spf --only dkim" in told


def test_config_mistakes_are_named(place: Place) -> None:
    place.config.write_text(
        place.config.read_text() + '\n[doctor]\nname_server = "dns.example"\nsending_addresses = ["x"]\n'
    )
    told = place.run("doctor").stderr
    assert "doctor.name_server" in told
    assert "doctor.sending_addresses" in told


def test_the_rules_for_who_sends_much(place: Place, dns: NameServer) -> None:
    place.config.write_text(
        place.config.read_text()
        .replace("https://news.ledger.example", "https://127.0.0.1:1")
        .replace('host = "smtp.ledger.example"', 'host = "127.0.0.1"\nport = 1\nsecurity = "none"')
    )
    done = place.run("doctor", "--senders", "--json")
    assert done.exit_code == 1
    found = {each["rule"]: each["met"] for each in json.loads(done.stdout)}
    assert (found["dmarc"], found["complaints, gmail"], found["tls"]) == ("not_met", "unknown", "not_met")
