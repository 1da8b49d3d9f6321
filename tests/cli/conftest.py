"""A newsroom's folder as an editor would leave it: stories in files, letters into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from newsletter.cli import main
from newsletter.clock import SystemClock

CONFIG = """
[site]
name = "The Harbour Ledger"
base_url = "https://news.ledger.example"
time_zone = "Europe/Berlin"
postal_address = "The Harbour Ledger, 4 Quay Street, Port Ansel"

[database]
url = "sqlite:///newsletter.db"

[transport]
kind = "directory"
path = "outbox"

[[newsletters]]
slug = "evening"
title = "The Evening Ledger"
from_address = "evening@ledger.example"
build_at = "17:30"
send_at = "18:00"
sections = ["city", "culture"]

[[sources]]
name = "desk"
kind = "folder"
path = "stories"
"""
TITLES = ("Ferry runs late into the night", "Tram four returns", "Fog [b]horn[/b] is silent :sparkles:")


@dataclass(frozen=True)
class Place:
    """The folder, and the command run in it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def run(self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        """Run the command; its exit code is the test's business."""
        return CliRunner().invoke(main, ["--config", str(self.config), *words], input=stdin, env=env)

    def ok(self, *words: str, stdin: str | None = None) -> str:
        """Run the command, which must succeed; return what it printed."""
        done = self.run(*words, stdin=stdin)
        assert done.exit_code == 0, done.output
        return done.stdout

    def json(self, *words: str) -> Any:
        """Return the JSON that the command printed."""
        return json.loads(self.ok(*words, "--json"))

    def letters(self) -> list[Path]:
        """Return what has been sent."""
        return sorted((self.folder / "outbox").glob("*.eml"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A newsroom whose stories have not been collected yet."""
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "secret.key").write_text("k" * 43)
    write_stories(tmp_path / "stories", SystemClock().now() - timedelta(hours=1))
    return Place(tmp_path)


@pytest.fixture
def evening(place: Place) -> Place:
    """The newsroom with tonight's draft and two readers, one of whom has not confirmed."""
    place.ok("collect")
    place.ok("issues", "build")
    place.ok("subscribers", "add", "ada@reader.example", "--name", "Ada", "--confirmed", "at the fair")
    place.ok("subscribers", "add", "ben@reader.example")
    return place


def write_stories(folder: Path, at: datetime) -> None:
    """Write the stories as Markdown files with front matter."""
    folder.mkdir()
    for number, title in enumerate(TITLES):
        (folder / f"{number}.md").write_text(
            f"---\ntitle: {json.dumps(title)}\nurl: https://ledger.example/city/{number}\nsection: city\n"
            f"date: {at.isoformat()}\nstandfirst: What is known so far.\n---\nAnd the rest of it.\n"
        )
