"""One issue to a mailbox that exists, a full one, one that nobody has, and one that forwards to nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import dkim
import pytest

from newsletter.clock import SystemClock
from newsletter.domain.dkim_key import record
from tests.postal.conftest import BOUNCES, Town

READERS = ("ada", "full", "nobody", "forward")
_TRIES = 300  # of 200 ms: a minute, for bounces on a busy machine


@pytest.fixture(scope="module")
def evening(town: Town) -> Town:
    """The town after an evening: sent, bounced, and the bounces read."""
    for name in READERS:
        town.place.ok("subscribers", "add", f"{name}@readers.example", "--confirmed", "at the fair")
    town.place.ok("collect")
    town.place.ok("issues", "build")
    assert town.place.json("issues", "send")["accepted"] == len(READERS)
    for _ in range(_TRIES):
        town.place.ok("feedback", "mailbox")
        if sum(row["number"] for row in town.place.json("feedback")) == 3:
            break
        SystemClock().sleep(0.2)
    return town


def test_the_letter_arrives_once_and_its_signature_verifies(evening: Town) -> None:
    (letter,) = evening.dovecot.mails("ada@readers.example")
    public = record((evening.place.folder / "ed.pem").read_bytes()).encode()
    assert dkim.verify(letter, dnsfunc=lambda name, timeout=5: public)
    read = message_from_bytes(letter, policy=default)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["Return-Path"].startswith("<bounces+")


def test_bounces_come_back_by_mail_and_bar_the_address_that_nobody_has(evening: Town) -> None:
    why = {name: evening.place.json("subscribers", "why", f"{name}@readers.example") for name in READERS}
    barred = {name for name, answer in why.items() if answer["suppressed"]}
    assert barred == {"nobody", "forward"}
    assert "5.1.1" in str(why["nobody"]["events"][-1]["detail"])
    assert why["forward"]["suppression"]["reason"] == "bounced"


def test_a_full_mailbox_counts_and_bars_nobody(evening: Town) -> None:
    told = {(row["report"], row["consequence"]): row["number"] for row in evening.place.json("feedback")}
    assert told == {("bounced", "suppressed"): 2, ("bounced", "counted"): 1}


def test_bounces_that_were_read_are_gone_from_the_mailbox(evening: Town) -> None:
    assert evening.dovecot.mails(BOUNCES) == []


def test_local_rules_find_nothing_suspicious_in_the_letter(evening: Town) -> None:
    if shutil.which("spamassassin") is None:
        pytest.skip("needs Debian's spamassassin")
    (letter,) = evening.dovecot.mails("ada@readers.example")
    rules = ["--local", "--cf", "use_bayes 0", "--cf", "score ALL_TRUSTED 0"]  # loopback earns no trust here
    judged = subprocess.run(
        ["spamassassin", *rules], input=letter, capture_output=True, check=True
    ).stdout.decode()
    found = re.search(r"score=(-?[\d.]+) .*?tests=(\S*(?:\s+\S+)*?) autolearn", judged, re.DOTALL)
    assert found, judged[:2000]
    assert float(found[1]) < 1.0, found[2]


def test_the_next_issue_goes_to_nobody_who_is_barred(evening: Town) -> None:
    clock = SystemClock()
    (evening.place.folder / "stories" / "late.md").write_text(
        "---\ntitle: Lamps are lit on the pier\nurl: https://ledger.example/city/lamps\nsection: city\n"
        f"date: {clock.now().isoformat()}\n---\nAll forty of them.\n"
    )
    evening.place.ok("collect")
    date = (clock.now() + timedelta(days=2)).date().isoformat()
    evening.place.ok("issues", "build", "--date", date)
    assert (
        evening.place.json("issues", "send", f"evening/{date}")["accepted"] == 2
    )  # ada, and whose mailbox was full


def test_a_mailbox_that_does_not_let_us_in_is_told_in_one_sentence(town: Town) -> None:
    said = town.place.run("feedback", "mailbox", env={"NEWSLETTER_IMAP_PASSWORD": "guessed"})
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(
        f"Error: The mailbox of {BOUNCES} at 127.0.0.1:{town.dovecot.imap} can't be read: "
    )
