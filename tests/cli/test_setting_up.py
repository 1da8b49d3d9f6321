"""init, config check, db, help, and how failures are told."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from newsletter.cli import main
from newsletter.config.values import duration, length
from tests.cli.conftest import Place


def commands(group: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *path, name)


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_each_command_has_help_and_each_that_acts_has_an_example(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    is_group = "COMMAND [ARGS]" in shown.output
    assert is_group or f"newsletter {' '.join(path)}" in shown.output.partition("Example")[2]


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_examples_name_only_commands_and_options_that_there_are(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"]).output.partition("Example")
    for line in re.findall(r"^ +newsletter (.*)$", shown[2], re.MULTILINE):
        command: click.Command = main
        for word in line.partition("   ")[0].split():
            if word.startswith("--"):
                if isinstance(command, click.Group) and "show" in command.commands:
                    command = command.commands["show"]  # as `deliveries` has it where no other is named
                options = [each for one in (main, command) for each in one.params]
                known = {name for each in options for name in (*each.opts, *each.secondary_opts)}
                assert word in known, line
            elif isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
        assert command is not main


def test_init_makes_a_folder_that_is_in_force_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    done = CliRunner().invoke(main, ["init", str(folder)])
    assert done.exit_code == 0
    assert "newsletter config check" in done.stdout
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert (folder / "templates" / "README.md").exists()
    checked = CliRunner().invoke(main, ["-c", str(folder / "config.toml"), "config", "check"])
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "Nothing looks wrong." in checked.stdout


def test_init_says_how_to_go_on_in_words_a_shell_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "`cd 'two words'` and " in CliRunner().invoke(main, ["init", "two words"]).stdout
    assert "then `newsletter config check`." in CliRunner().invoke(main, ["init", "."]).stdout


def test_init_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("precious")
    done = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert (done.exit_code, "exists already; nothing was changed" in done.stderr) == (1, True)
    assert (tmp_path / "secret.key").read_text() == "precious"
    assert not (tmp_path / "config.toml").exists()


def test_config_check_shows_what_is_in_force_and_no_secret(place: Place) -> None:
    written = place.config.read_text().replace("sqlite:///newsletter.db", "postgresql://paper@db.example/paper")
    place.config.write_text(written)
    secrets = {"NEWSLETTER_DATABASE_PASSWORD": "hunter2", "NEWSLETTER_SMTP_PASSWORD": "hunter3"}
    for words in (["config", "check"], ["config", "check", "--json"]):
        done = place.run(*words, env=secrets)
        assert done.exit_code == 0
        assert not re.search("hunter|kkkk", done.output)
        assert "postgresql://paper:***@db.example/paper" in done.stdout
    settings = json.loads(place.run("config", "check", "--json", env=secrets).stdout)["settings"]
    assert settings["newsletters"][0]["late_after"] == "3 h"
    assert settings["transport"]["password"] == "set"


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("https://news.ledger", "http://news.ledger", "site.base_url is http; one-click unsubscribe works over"),
        ("evening@ledger.example", "evening@ledger.net", "but the links lead to news.ledger.example"),
        ('path = "stories"', 'path = "nowhere"', 'The source "desk" names '),
        ('slug = "evening"', 'slug = "evening"\ntemplate = "gone"', "no templates lie in email/gone"),
        ("[site]", 'templates = "mine"\n[site]', "the shipped templates are used"),
        (
            'kind = "directory"',
            'kind = "smtp"\nhost = "smtp.ledger.net"\nsecurity = "none"',
            "letters travel to smtp.ledger.net in the clear",
        ),
        (
            'kind = "directory"',
            'kind = "smtp"\nhost = "smtp.ledger.net"\nusername = "paper"',
            "transport.username has no password",
        ),
    ],
)
def test_config_check_warns_of_what_looks_wrong(place: Place, right: str, wrong: str, sentence: str) -> None:
    place.config.write_text(place.config.read_text().replace(right, wrong, 1))
    done = place.run("config", "check")
    assert done.exit_code == 0
    assert sentence in done.stderr


def test_config_check_warns_of_a_languages_file_that_cannot_be_read(place: Place) -> None:
    folder = place.folder / "templates/web/languages"
    folder.mkdir(parents=True)
    (folder / "de.po").write_text('msgid "Welcome', encoding="utf-8")
    place.config.write_text(f'templates = "templates"\n{place.config.read_text()}')
    assert "web/languages/de.po: " in place.run("config", "check").stderr


def test_mistakes_in_the_configuration_are_told_all_at_once(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace('"17:30"', '"soon"').replace("[site]", "[sight]"))
    done = place.run("issues", "list")
    assert done.exit_code == 1
    assert 'newsletters[0].build_at is "soon"; expected a time of day' in done.stderr
    assert 'sight is not a key of the configuration; did you mean "site"?' in done.stderr


def test_lengths_of_time_are_shown_as_they_may_be_written() -> None:
    for written in ("90 s", "10 min", "3 h", "36 h", "1 day", "7 days"):
        assert length(duration(written)) == written


def test_the_database_tells_its_revision_and_is_upgraded(place: Place) -> None:
    assert place.run("db", "current").exit_code == 1
    place.ok("db", "upgrade")
    assert "this version works with" in place.ok("db", "current")


def test_a_database_of_another_program_is_left_alone(place: Place) -> None:
    (place.folder / "newsletter.db").write_text("this is no database, and long enough to be taken for a file")
    done = place.run("issues", "list")
    assert (done.exit_code, done.stderr) == (1, "Error: The database can't be used: file is not a database\n")


@pytest.mark.parametrize(
    "command", [["issues", "list"], ["db", "current"], ["db", "upgrade"], ["collect"]], ids=str
)
@pytest.mark.parametrize("url", ["sqlite:////nowhere/paper.db", "postgresql://paper@127.0.0.1:1/paper"])
def test_a_database_out_of_reach_is_one_line(place: Place, url: str, command: list[str]) -> None:
    place.config.write_text(place.config.read_text().replace("sqlite:///newsletter.db", url))
    done = place.run(*command)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Error: The database can't be used: ")


def test_what_nobody_expected_is_one_sentence_and_a_traceback_only_with_debug(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*anything: object) -> None:
        raise KeyError("slip")

    monkeypatch.setattr("newsletter.issues.store.recent", broken)
    done = place.run("issues", "list")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "Error: Something unexpected happened (KeyError: 'slip'); run it again with --debug to see where."
    ]
    assert isinstance(place.run("--debug", "issues", "list").exception, KeyError)


def test_the_configuration_may_be_named_by_the_environment(place: Place) -> None:
    done = CliRunner().invoke(main, ["issues", "list"], env={"NEWSLETTER_CONFIG": str(place.config)})
    assert done.exit_code == 0
