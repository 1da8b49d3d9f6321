"""Figures where people look at them: the command and the desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from newsletter.cli.context import Context
from newsletter.cli.tracking import tracking
from newsletter.editors import passwords
from newsletter.settings import TrackingSettings
from newsletter.web.app import create_web
from tests.tracking.conftest import Evening, count_here, path
from tests.web_desk.conftest import DeskClient, signed_in

FERRY = "The night ferry"


@pytest.fixture
def read(evening_on_sqlite: Evening) -> Evening:
    """Two readers clicked, one of them twice, and opened; a third one's scanner did too."""
    mails = evening_on_sqlite.sent()
    for number, story in ((1, FERRY), (2, FERRY), (1, "opera")):
        evening_on_sqlite.get(path(mails[number].story(story)))
    evening_on_sqlite.get(mails[1].picture)
    evening_on_sqlite.get(path(mails[3].story("opera")), agent="Barracuda Sentinel (EE)")
    return evening_on_sqlite


def said(evening: Evening, *words: str) -> str:
    context = Context(Path("config.toml"))
    context.__dict__["app"] = evening.app  # composed already
    done = CliRunner().invoke(tracking, words, obj=context)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_tells_readers_and_machines_apart(read: Evening) -> None:
    words = said(read)
    assert "2 readers, 3 times; machines: 1 times" in words
    lines = [line.split() for line in words.splitlines() if "ledger.example/c" in line]
    assert lines[0][:3] == ["2", "2", "0"]
    assert lines[1][:3] == ["1", "1", "1"]
    told = json.loads(said(read, str(read.house.issue_id), "--json"))
    assert told["clicks"]["persons"] == {"hits": 3, "readers": 2}
    assert told["opens"]["persons"] == {"hits": 1, "readers": 1}


def test_an_issue_of_which_nothing_was_counted_says_where_that_is_decided(evening_on_sqlite: Evening) -> None:
    evening = Evening(count_here(evening_on_sqlite.house, TrackingSettings()))
    evening.sent()
    assert "Nothing was counted. It is only where [tracking] says so" in said(evening)
    desk = at_the_desk(evening)
    desk.get(f"/desk/issues/{evening.house.issue_id}/tracking")
    assert "Nothing was counted of this issue." in desk.words
    desk.get(f"/desk/issues/{evening.house.issue_id}")
    assert "Opens and clicks" not in desk.words


def at_the_desk(evening: Evening) -> DeskClient:
    return signed_in(evening.app, create_web(evening.app))


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


def test_the_desk_shows_stories_by_their_readers(read: Evening) -> None:
    desk = at_the_desk(read)
    desk.get(f"/desk/issues/{read.house.issue_id}")
    assert "Opens and clicks" in desk.words
    desk.get(f"/desk/issues/{read.house.issue_id}/tracking")
    assert "Clicked 2 Clicks 3 Opened by machines 0 Clicks of machines 1" in desk.words
    rows = [row.get_text(" ", strip=True) for row in desk.soup.select("tbody tr")]
    assert rows[0].startswith(FERRY)
    assert rows[0].endswith("2 2 0")
    assert rows[1].endswith("1 1 1")
    assert desk.get("/desk/issues/999/tracking").status_code == 404


def test_the_figures_are_for_editors_only(read: Evening) -> None:
    assert read.get(f"/desk/issues/{read.house.issue_id}/tracking").status_code in {302, 303}
