"""An evening by commands alone: collect, build, look, hold, release, send, ask what became of it."""

from __future__ import annotations

import json
import socket
from email import message_from_bytes
from email.policy import SMTP

import pytest

from tests.cli.conftest import TITLES, Place


def test_collecting_says_what_each_source_brought(place: Place) -> None:
    assert place.json("collect") == [
        {"name": "desk", "found": 3, "added": 3, "changed": 0, "withdrawn": 0, "error": ""}
    ]
    [source] = place.json("sources", "list")
    assert (source["name"], source["kind"], source["error"]) == ("desk", "folder", "")


def test_a_source_that_fails_is_named_and_gives_exit_code_1(place: Place) -> None:
    for story in (place.folder / "stories").iterdir():
        story.unlink()
    (place.folder / "stories").rmdir()
    done = place.run("collect")
    assert done.exit_code == 1
    assert "does not exist" in done.stdout


def test_an_unknown_source_is_wrong_usage(place: Place) -> None:
    done = place.run("collect", "--source", "nobody")
    assert (done.exit_code, "the configuration has: desk." in done.stderr) == (2, True)


def test_an_issue_is_built_once_and_listed(evening: Place) -> None:
    first, again = evening.json("issues", "build"), evening.json("issues", "build", "evening")
    assert (first["state"], first["issue"]) == ("draft", again["issue"])
    [listed] = evening.json("issues", "list")
    assert listed["subject"].endswith("– and 2 more")
    assert "draft" in evening.ok("issues", "list", "--newsletter", "evening")


def test_show_tells_stories_as_they_are_written_and_what_was_done(evening: Place) -> None:
    shown = evening.json("issues", "show", "evening")
    assert {story["title"] for story in shown["stories"]} == set(TITLES)
    assert [line["event"] for line in shown["history"]] == ["assembled"]
    assert TITLES[2] in evening.ok("issues", "show")


def test_an_issue_is_named_by_number_by_newsletter_and_by_date(evening: Place) -> None:
    [issue] = evening.json("issues", "list")
    for name in (str(issue["issue"]), "evening", f"evening/{issue['date']}"):
        assert evening.json("issues", "show", name)["issue"] == issue["issue"]


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("77", 1, "Error: There is no issue 77."),
        ("9" * 30, 1, f"Error: There is no issue {'9' * 30}."),
        ("²", 2, 'There is no newsletter "²"; the configuration has: evening.'),
        ("evening/2001-01-01", 1, "Error: There is no issue evening/2001-01-01."),
        ("evening/yesterday", 2, '"yesterday" is not a date such as 2026-03-10.'),
        ("morning", 2, 'There is no newsletter "morning"; the configuration has: evening.'),
    ],
)
def test_an_issue_that_is_not_there_is_told_so(evening: Place, name: str, code: int, sentence: str) -> None:
    done = evening.run("issues", "show", name)
    assert (done.exit_code, sentence in done.stderr) == (code, True), done.stderr


def test_a_preview_is_written_as_html_text_and_mail(evening: Place) -> None:
    said = evening.ok("issues", "preview", "--folder", str(evening.folder / "look"))
    files = {file.suffix: file.read_bytes() for file in (evening.folder / "look").iterdir()}
    assert set(files) == {".html", ".txt", ".eml"}
    assert b"<h1" in files[".html"]
    assert TITLES[1].encode() in files[".txt"]
    assert message_from_bytes(files[".eml"], policy=SMTP)["Subject"].endswith("– and 2 more")
    assert "1 reader" in said
    assert evening.letters() == []


def test_a_variant_that_is_not_there_is_told_with_those_that_are(evening: Place) -> None:
    done = evening.run("issues", "preview", "--variant", "xx:none", "--folder", str(evening.folder / "look"))
    assert (done.exit_code, 'has no variant "xx:none"; it has: ' in done.stderr) == (2, True)


def test_a_test_mail_goes_to_an_editor_and_to_nobody_else(evening: Place) -> None:
    evening.ok("issues", "test", "evening", "editor@ledger.example")
    [letter] = evening.letters()
    parsed = message_from_bytes(letter.read_bytes(), policy=SMTP)
    assert (parsed["To"], parsed["Subject"].startswith("[Test] ")) == ("editor@ledger.example", True)


def test_holding_and_releasing_are_told_and_kept(evening: Place) -> None:
    assert "is held" in evening.ok("issues", "hold", "evening", "--reason", "the mayor may resign")
    assert evening.json("issues", "show")["reason"] == "the mayor may resign"
    assert "is approved" in evening.ok("issues", "release")
    assert "is cancelled" in evening.ok("issues", "cancel")
    done = evening.run("issues", "send")
    assert done.exit_code == 1
    assert "is cancelled; nothing was sent." in done.stderr


def test_what_cannot_be_done_is_one_sentence(evening: Place) -> None:
    done = evening.run("issues", "resume")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


def test_sending_reaches_who_confirmed_and_a_second_time_nobody(evening: Place) -> None:
    report = evening.json("issues", "send")
    assert (report["accepted"], report["remaining"]) == (1, 0)
    [letter] = evening.letters()
    assert message_from_bytes(letter.read_bytes(), policy=SMTP)["To"] == "Ada <ada@reader.example>"
    assert evening.json("issues", "send")["accepted"] == 0
    assert len(evening.letters()) == 1
    [delivery] = evening.json("deliveries", "ada@reader.example")
    assert (delivery["state"], delivery["newsletter"]) == ("accepted", "evening")
    assert evening.json("deliveries", "--issue", "evening") == [delivery]


def test_what_remains_gives_exit_code_3(evening: Place) -> None:
    (evening.folder / "outbox").write_text("a file where the folder should be")
    done = evening.run("issues", "send")
    assert done.exit_code == 3
    assert "line down" in done.stdout
    (evening.folder / "outbox").unlink()
    assert evening.json("issues", "send")["accepted"] == 1


def test_a_mail_server_that_is_down_is_named_and_nothing_is_lost(evening: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    smtp = f'kind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"'
    evening.config.write_text(evening.config.read_text().replace('kind = "directory"', smtp))
    done = evening.run("issues", "test", "evening", "editor@ledger.example")
    assert (done.exit_code, f"127.0.0.1:{port} can't be reached" in done.stderr) == (1, True)
    done = evening.run("issues", "send", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["remaining"], report["stopped_because"]) == (3, 1, "line down")
    assert report["try_again_at"].endswith(("+01:00", "+02:00"))  # the newsroom's time, as everywhere


def test_a_skipped_issue_says_why_and_how_to_choose_anew(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace("build_at", "minimum_articles = 2\nbuild_at"))
    assert "--rebuild chooses anew" in place.run("issues", "build").stderr
    for words in (["preview"], ["test", "evening", "editor@ledger.example"], ["send"]):
        done = place.run("issues", *words)
        assert done.exit_code == 1
        assert "skipped" in done.stderr
    place.ok("collect")
    assert "--rebuild chooses anew" in place.run("issues", "build").stderr
    assert place.json("issues", "build", "--rebuild")["state"] == "draft"


def test_a_date_with_a_slip_in_it_makes_no_issue(place: Place) -> None:
    done = place.run("issues", "build", "--date", "2999-03-10")
    assert (done.exit_code, "2999-03-10 is more than 7 days from" in done.stderr) == (2, True)
    assert place.json("issues", "list") == []


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{{ nobody.name }}", "'nobody' is undefined"),
        ('{% include "nowhere.txt" %}', "there is no nowhere.txt"),
    ],
)
@pytest.mark.parametrize("words", [["preview"], ["test", "evening", "editor@ledger.example"], ["send"]], ids=str)
def test_a_mistake_in_a_template_of_ones_own_is_told_with_its_place(
    evening: Place, words: list[str], mistake: str, sentence: str
) -> None:
    evening.config.write_text('templates = "templates"\n' + evening.config.read_text())
    own = evening.folder / "templates" / "email" / "evening" / "issue.txt"
    own.parent.mkdir(parents=True)
    own.write_text(f"Good evening.\n{mistake}\n")
    done = evening.run("issues", *words)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: A template can't be used: ")
    assert sentence in done.stderr
    assert f"{own}, line 2" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert evening.json("issues", "show")["state"] == "draft"
    assert evening.letters() == []


def test_deliveries_want_an_address_or_an_issue(evening: Place) -> None:
    assert evening.run("deliveries").exit_code == 2


def test_there_is_no_issue_at_first(place: Place) -> None:
    assert place.ok("issues", "list") == "There is no issue yet.\n"
    done = place.run("issues", "show")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: There is no issue yet; `newsletter issues build` makes one.\n",
    )
