"""The register by command: add, list, show, import, export, leave, suppress; and accounts for the desk."""

from __future__ import annotations

import csv
import io
import json

from tests.cli.conftest import Place


def states(place: Place) -> dict[str, str]:
    return {row["email"]: row["state"] for row in place.json("subscribers", "list")}


def test_who_is_added_is_asked_to_confirm_unless_consent_is_there(evening: Place) -> None:
    assert states(evening) == {"ada@reader.example": "active", "ben@reader.example": "pending"}
    [pending] = evening.json("subscribers", "list", "--state", "pending")
    assert pending["email"] == "ben@reader.example"


def test_show_answers_why_somebody_gets_mail(evening: Place) -> None:
    shown = evening.json("subscribers", "why", "ADA@reader.example")
    assert [event["event"] for event in shown["events"]] == ["signed_up", "confirmed"]
    assert shown["events"][0]["consent"] == "at the fair"
    assert "at the fair" in evening.ok("subscribers", "why", "ada@reader.example")


def test_an_address_is_checked_and_a_section_too(place: Place) -> None:
    done = place.run("subscribers", "add", "nobody")
    assert (done.exit_code, done.stderr) == (1, "Error: An e-mail address must have an @-sign.\n")
    done = place.run("subscribers", "add", "ada@reader.example", "--section", "sprot")
    assert (done.exit_code, 'has no section "sprot"; it has: city, culture.' in done.stderr) == (2, True)


def test_words_that_are_no_text_change_nothing(evening: Place) -> None:
    stray = b"\xff".decode("utf-8", "surrogateescape")
    for words in (["add", "cleo@reader.example", "--confirmed"], ["suppress", "ada@reader.example", "--note"]):
        done = evening.run("subscribers", *words, stray)
        assert (done.exit_code, "is not UTF-8 text; nothing was changed." in done.stderr) == (1, True)
    assert set(states(evening)) == {"ada@reader.example", "ben@reader.example"}
    assert evening.json("subscribers", "why", "ada@reader.example")["suppressed"] == ""


def test_somebody_unknown_is_told_so(place: Place) -> None:
    for command in ("why", "unsubscribe"):
        done = place.run("subscribers", command, "who@reader.example")
        assert done.exit_code == 1
        assert done.stderr == "Error: Nobody with the address who@reader.example has ever signed up.\n"


def test_a_file_is_imported_with_each_refused_row_named(evening: Place) -> None:
    file, refused = evening.folder / "readers.csv", evening.folder / "refused.txt"
    file.write_text("email,name\ncleo@reader.example,Cleo\nnonsense,No\nada@reader.example,Ada\n")
    words = ["subscribers", "import", str(file), "--consent", "Letter of May", "--refused", str(refused)]
    report = evening.json(*words)
    assert (report["added"], report["unchanged"], report["refused"]) == (1, 1, 1)
    assert refused.read_text().splitlines()[1].startswith("3,no e-mail address,")
    assert refused.read_text().splitlines()[1].endswith(",nonsense,No")
    assert states(evening)["cleo@reader.example"] == "active"
    done = evening.run(*words)
    assert "line 3: " in done.stderr


def test_a_file_in_another_encoding_is_read_and_the_encoding_said(place: Place) -> None:
    file = place.folder / "readers.csv"
    file.write_bytes("email,name\nbjorn@reader.example,Björn Ødegård\n".encode("cp1252"))
    done = place.run("subscribers", "import", str(file), "--consent", "Letter")
    assert done.exit_code == 0
    assert "cp1252" in done.stderr
    assert "Björn Ødegård" in place.ok("subscribers", "export")


def test_where_refused_rows_cannot_be_written_nobody_is_imported(place: Place) -> None:
    file = place.folder / "readers.csv"
    file.write_text("email\ncleo@reader.example\n")
    nowhere = str(place.folder / "none" / "refused.txt")
    done = place.run("subscribers", "import", str(file), "--consent", "Letter", "--refused", nowhere)
    assert done.exit_code == 2
    assert states(place) == {}


def test_an_export_is_csv_or_json(evening: Place) -> None:
    rows = list(csv.DictReader(io.StringIO(evening.ok("subscribers", "export"))))
    assert {row["email"] for row in rows} == {"ada@reader.example", "ben@reader.example"}
    file = evening.folder / "all.json"
    evening.ok("subscribers", "export", "--json", "-o", str(file))
    assert len(json.loads(file.read_text())) == 2


def test_leaving_and_suppressing(evening: Place) -> None:
    evening.ok("subscribers", "unsubscribe", "ada@reader.example", "--reason", "by telephone")
    assert states(evening)["ada@reader.example"] == "unsubscribed"
    evening.ok("subscribers", "suppress", "ada@reader.example", "--note", "by letter")
    assert "by letter" in evening.json("subscribers", "why", "ada@reader.example")["suppressed"]
    assert "may be mailed again" in evening.ok("subscribers", "lift", "ada@reader.example")
    assert "was not suppressed" in evening.ok("subscribers", "lift", "ada@reader.example")


def test_an_editor_gets_an_account_with_a_password_that_is_asked_for_twice(place: Place) -> None:
    phrase = "quay barnacle lantern seven"
    done = place.run("desk", "add", "editor@ledger.example", stdin=f"{phrase}\n{phrase}\n")
    assert done.exit_code == 0, done.output
    assert "https://news.ledger.example/desk/" in done.stdout
    assert phrase not in done.output
    again = place.run("desk", "add", "editor@ledger.example", stdin=f"{phrase}\n{phrase}\n")
    assert (again.exit_code, again.stderr.count("Error: ")) == (1, 1)


def test_a_password_may_come_from_a_file_and_a_weak_one_is_refused(place: Place) -> None:
    file = place.folder / "password"
    file.write_text("quay barnacle lantern seven\n")
    place.ok("desk", "add", "editor@ledger.example", "--password-file", str(file))
    file.write_text("short\n")
    done = place.run("desk", "password", "editor@ledger.example", "--password-file", str(file))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")


def test_a_password_may_be_piped_and_one_that_never_comes_is_missed_in_a_sentence(place: Place) -> None:
    words = ["desk", "add", "editor@ledger.example"]
    done = place.run(*words, stdin="")
    assert (done.exit_code, "name a file with --password-file" in done.stderr) == (2, True)
    assert place.run(*words, "--password-file", "-", stdin="quay barnacle lantern seven\n").exit_code == 0
    done = place.run("desk", "password", "nobody@ledger.example", "--password-file", "-", stdin="another one\n")
    assert (done.exit_code, done.stderr.startswith("Error: Nobody at the desk")) == (1, True)
