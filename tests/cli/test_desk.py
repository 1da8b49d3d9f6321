"""newsletter desk: accounts from the shell, as the first administrator needs them, and the log."""

from __future__ import annotations

from tests.cli.conftest import Place

PASSWORD = "a quiet harbour at dusk"


def test_an_invitation_is_shown_as_well_as_mailed(place: Place) -> None:
    shown = place.ok("desk", "invite", "ada@ledger.example", "--role", "publisher", "--name", "Ada Nwosu")
    assert shown.splitlines()[-1].startswith("https://news.ledger.example/desk/invitation/")
    (row,) = place.json("desk", "list")
    assert (row["email"], row["role"], row["state"]) == ("ada@ledger.example", "publisher", "invited")


def test_from_the_first_account_to_its_end(place: Place) -> None:
    place.ok("desk", "add", "ines@ledger.example", "--password-file", "-", stdin=PASSWORD)
    place.ok("desk", "add", "mara@ledger.example", "--role", "viewer", "--password-file", "-", stdin=PASSWORD)
    place.ok("desk", "role", "mara@ledger.example", "editor")
    assert "0 sessions ended." in place.ok("desk", "sign-out", "mara@ledger.example")
    place.ok("desk", "reset-second-factor", "mara@ledger.example")
    place.ok("desk", "disable", "mara@ledger.example")
    states = {row["email"]: (row["role"], row["state"]) for row in place.json("desk", "list")}
    assert states == {
        "ines@ledger.example": ("administrator", "good"),
        "mara@ledger.example": ("editor", "disabled"),
    }
    place.ok("desk", "enable", "mara@ledger.example")
    deeds = [row["deed"] for row in place.json("desk", "log", "--actor", "cli")]
    assert deeds[:2] == ["enabled", "disabled"]
    assert deeds[-2:] == ["opened", "opened"]
    assert place.json("desk", "log", "--actor", "daemon") == []


def test_what_cannot_be_is_told_in_a_sentence(place: Place) -> None:
    place.ok("desk", "add", "ines@ledger.example", "--password-file", "-", stdin=PASSWORD)
    for words, sentence in (
        (("desk", "disable", "ines@ledger.example"), "is the last administrator; make somebody else one first"),
        (("desk", "role", "nobody@ledger.example", "viewer"), "Nobody at the desk has the address nobody@"),
        (("desk", "invite", "ines@ledger.example"), "already has an account at the desk"),
        (("desk", "invite", "ines"), "must have an @-sign"),
    ):
        failed = place.run(*words)
        assert failed.exit_code == 1, failed.output
        assert sentence in " ".join(failed.output.split())
    failed = place.run("desk", "password", "ines@ledger.example", "--password-file", "-", stdin="Password2026!")
    assert failed.exit_code == 1
    assert "among the first that are tried" in " ".join(failed.output.split())
