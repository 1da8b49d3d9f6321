"""`newsletter feedback`: mail that comes back, by every way in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.feedback import mails


def maildir(place: Place) -> Path:
    folder = place.folder / "bounces"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    text = place.config.read_text() + '\n[feedback.mailbox]\nkind = "maildir"\npath = "bounces"\n'
    place.config.write_text(text)
    return folder


def test_nothing_came_back(place: Place) -> None:
    assert place.ok("feedback") == "Nothing came back in the last 30 days.\n"
    assert place.ok("feedback", "kept") == "Everything that came back was understood.\n"
    assert place.json("feedback") == []


def test_a_mail_by_pipe_that_is_not_understood_is_kept_and_shown(place: Place) -> None:
    raw = mails.STRANGE["a person"].decode()
    assert place.run("feedback", "pipe", stdin=raw).exit_code == 0
    (kept,) = place.json("feedback", "kept")
    assert kept["source"] == "mail"
    assert "neither a bounce" in kept["note"]
    assert place.run("feedback", "show", str(kept["id"])).stdout_bytes == raw.encode()
    missing = place.run("feedback", "show", "99")
    assert missing.exit_code == 1
    assert "see `newsletter feedback kept`" in missing.output


def test_a_mail_whose_effect_cannot_be_committed_is_to_be_tried_again(place: Place) -> None:
    place.ok("feedback")
    (place.folder / "newsletter.db").write_text("no database")
    refused = place.run("feedback", "pipe", stdin="From: a@b.example\n\nhello")
    assert refused.exit_code == 75  # EX_TEMPFAIL of sysexits.h
    assert "The mail was not taken" in refused.output


@pytest.mark.parametrize("name", ["delivered", "away"])
def test_the_mailbox_is_emptied(place: Place, name: str) -> None:
    folder = maildir(place)
    (folder / "new" / "1").write_bytes(mails.HARMLESS[name].replace(b"Mar 2026", b"Mar 2099"))
    assert place.ok("feedback", "mailbox") == "1 mail taken.\n"
    assert list((folder / "new").iterdir()) == []
    (row,) = place.json("feedback")
    assert (row["source"], row["consequence"], row["number"]) == ("mail", "nothing", 1)


def test_without_a_mailbox_there_is_nothing_to_empty(place: Place) -> None:
    refused = place.run("feedback", "mailbox")
    assert refused.exit_code == 1
    assert "[feedback.mailbox]" in refused.output
