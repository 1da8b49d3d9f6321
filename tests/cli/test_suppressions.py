"""`newsletter suppressions`: files and a provider's list, with dry runs, by the real command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.transports.api.conformance import KEY
from tests.transports.api.office import open_office
from tests.transports.api.test_lists import Mailgun

CSV = "email,reason\nada@reader.example,bounce\nben@reader.example,spam\nada@reader.example,bounce\n"


@pytest.fixture
def mailgun(evening: Place) -> Iterator[Mailgun]:
    office = Mailgun()
    with open_office(office):
        (evening.folder / "api.key").write_text(KEY)
        way = (
            f'[transport]\nkind = "mailgun"\ndomain = "ledger.example"\nendpoint = "{office.base}"\n'
            'api_key_file = "api.key"\n'
        )
        text = evening.config.read_text().replace('[transport]\nkind = "directory"\npath = "outbox"\n', way)
        evening.config.write_text(text)
        yield office


def test_a_file_in_and_out(evening: Place, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(CSV)
    dry = json.loads(evening.ok("suppressions", "import", str(file), "--dry-run", "--json"))
    assert dry == {"new": 2, "graver": 0, "known": 1, "refused": []}
    assert evening.json("suppressions", "list")["suppressions"] == []
    assert evening.json("suppressions", "import", str(file)) == dry
    assert evening.ok("suppressions", "import", str(file)) == "0 new, 0 graver, 3 known, 0 refused.\n"
    given = evening.ok("suppressions", "export")
    assert given.splitlines()[0] == "email,reason,at,source,note,address_hash"
    assert "ben@reader.example,complained," in given
    assert evening.json("suppressions", "list", "--reason", "complained")["counts"] == [
        {"reason": "bounced", "source": "file", "number": 1},
        {"reason": "complained", "source": "file", "number": 1},
    ]
    assert ",bounced," in evening.ok("subscribers", "export")


def test_rows_that_are_no_addresses_are_named(evening: Place) -> None:
    done = evening.run("suppressions", "import", "-", stdin="email\nnonsense\n\n")
    assert done.exit_code == 1
    assert "refused: nonsense: " in done.stderr
    assert "no column of addresses" in evening.run("suppressions", "import", "-", stdin="a,b\n").stderr


def test_a_providers_list_is_pulled(evening: Place, mailgun: Mailgun) -> None:
    mailgun.entries = [
        ("bounces", "ada@reader.example"),
        ("complaints", "stranger@x.example"),
        ("unsubscribes", "ben@reader.example"),
    ]
    dry = evening.json("suppressions", "pull", "mailgun", "--dry-run")
    assert dry == {"new": 2, "graver": 0, "known": 0, "refused": [], "left": 1}
    pulled = evening.json("suppressions", "pull", "mailgun")
    assert pulled == dry | {"subscriptions_ended": 1}
    again = evening.json("suppressions", "pull", "mailgun")
    assert (again["new"], again["known"], again["subscriptions_ended"]) == (0, 2, 0)


def test_what_a_provider_does_not_have_is_pushed(evening: Place, mailgun: Mailgun) -> None:
    evening.ok("subscribers", "suppress", "ada@reader.example")
    mailgun.entries = [("bounces", "ben@reader.example")]
    evening.ok("suppressions", "pull", "mailgun")
    assert evening.ok("suppressions", "push", "mailgun", "--dry-run") == "1 would be added.\n"
    assert mailgun.added == []
    assert evening.ok("suppressions", "push", "mailgun") == "1 of 1 added.\n"
    assert mailgun.added == [("unsubscribes", "ada@reader.example")]


def test_a_provider_that_is_no_way_out(evening: Place) -> None:
    done = evening.run("suppressions", "pull", "ses")
    assert (done.exit_code, "No way out is ses" in done.stderr) == (1, True)


def test_a_provider_that_refuses(evening: Place, mailgun: Mailgun) -> None:
    (evening.folder / "api.key").write_text("another")
    done = evening.run("suppressions", "pull", "mailgun")
    assert (done.exit_code, "ailgun refuses: 401 Forbidden" in done.stderr) == (1, True)
