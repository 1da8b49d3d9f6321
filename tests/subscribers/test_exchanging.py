"""Suppressions taken in and given out: idempotent, never softer, and without loss in our own CSV."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from subscribers import suppression
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.exchanging import files, giving
from subscribers.exchanging.entries import Entry, reason_of
from subscribers.exchanging.taking import judge, leave, take
from subscribers.models import Subscriber, Subscription, SuppressionReason
from subscribers.signup import SignUp, sign_up
from subscribers.tokens import Tokens

NOW = datetime(2026, 3, 10, 16, tzinfo=UTC)
THEN = datetime(2026, 3, 1, tzinfo=UTC)
BOUNCED, COMPLAINED, BY_HAND = (
    SuppressionReason.BOUNCED,
    SuppressionReason.COMPLAINED,
    SuppressionReason.BY_HAND,
)
WORD = "HardBounce"
LIST = [
    Entry("Ada@Reader.example", BOUNCED, THEN, "550 <ada@reader.EXAMPLE> no such user", "mailgun"),
    Entry("ben@reader.example", COMPLAINED, None, "", "mailgun"),
    Entry("ada@reader.example", COMPLAINED, THEN, "", "mailgun"),
    Entry("no address"),
]


def rows(database: Database) -> dict[str, tuple[str, str, str]]:
    with database.reading() as session:
        return {
            each.email or each.address_hash: (each.reason, each.source, each.note)
            for each in giving.entries(session)
        }


def test_of_several_the_gravest_counts_and_again_changes_nothing(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        sign_up(session, tokens, SignUp("ada@reader.example", "evening"), Evidence("form"), NOW, mails_per_day=3)
    for new, known in ((2, 1), (0, 3)):
        with any_database.writing() as session:
            foreseen = judge(session, tokens, LIST)
            judged = take(session, tokens, LIST, NOW)
        assert foreseen == judged
        assert (len(judged.new), len(judged.graver), judged.known) == (new, 0, known)
        assert [entry.email for entry, _ in judged.refused] == ["no address"]
    found = rows(any_database)
    assert found["ada@reader.example"] == ("complained", "mailgun", "from mailgun")
    assert len(found) == 2


def test_the_address_does_not_stay_in_the_words(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        take(session, tokens, LIST[:1], NOW)
        (entry,) = giving.entries(session)
    assert (entry.email, entry.note) == ("", "550 <…> no such user")


def test_our_veto_is_never_softened(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        suppression.suppress(session, tokens, "ada@reader.example", BY_HAND, NOW, note="by letter")
        suppression.suppress(session, tokens, "ben@reader.example", BOUNCED, NOW, note="550")
    with any_database.writing() as session:
        judged = take(session, tokens, [Entry("ada@reader.example", BOUNCED, THEN, "x", "ses"), *LIST[1:2]], NOW)
    assert (len(judged.new), len(judged.graver), judged.known) == (0, 1, 1)
    assert sorted(rows(any_database).values()) == [
        ("by_hand", "", "by letter"),
        ("complained", "mailgun", "from mailgun"),
    ]


def test_who_left_elsewhere_leaves_here_and_may_come_back(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        sign_up(session, tokens, SignUp("ada@reader.example", "evening"), Evidence("form"), NOW, mails_per_day=3)
        evidence = Evidence("provider", actor="mailgun")
        assert leave(session, ["ADA@reader.example", "nobody@x.example", "nonsense"], evidence, NOW) == 1
        assert leave(session, ["ada@reader.example"], evidence, NOW) == 0
        assert session.scalars(select(Subscription.state)).all() == ["unsubscribed"]
        assert not suppression.is_suppressed(session, tokens, "ada@reader.example")


def test_our_csv_comes_back_without_loss(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        sign_up(session, tokens, SignUp("ada@reader.example", "evening"), Evidence("form"), NOW, mails_per_day=3)
        take(session, tokens, [replace_note(LIST[0], "=1+1"), LIST[1]], NOW)
        given = list(giving.entries(session))
        file = io.StringIO(newline="")
        assert files.write(given, file) == 2
    read = [entry for _, entry in files.read(io.StringIO(file.getvalue()), "file")]
    assert read == given
    assert "'=1+1" in file.getvalue()
    assert read[1].email == ""  # never a reader: known by the hash alone
    with any_database.writing() as session:
        judged = take(session, tokens, read, NOW)
    assert judged.known == 2


def replace_note(entry: Entry, note: str) -> Entry:
    return Entry(entry.email, entry.reason, entry.at, note, entry.source)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("status,reason,email,created\n5.1.1,550 gone,a@x.example,1772366400\n", (BY_HAND, 2026, "550 gone")),
        (
            "EmailAddress,SuppressionReason,CreatedAt\na@x.example,HardBounce,2026-03-01\n",
            (BOUNCED, 2026, "HardBounce"),
        ),
        ("\ufeffEmail Address,Reason\na@x.example,Spam Complaint\n", (COMPLAINED, None, "Spam Complaint")),
        ("a@x.example\n", (BY_HAND, None, "")),
        ("Email;Reason\na@x.example;bounced\n", (BOUNCED, None, "")),
    ],
)
def test_others_files_are_understood(text: str, wanted: tuple[SuppressionReason, int | None, str]) -> None:
    ((_, entry),) = files.read(io.StringIO(text), "old house")
    assert (entry.email, entry.source) == ("a@x.example", "old house")
    assert (entry.reason, entry.at and entry.at.year, entry.note) == wanted


def test_a_file_without_addresses_is_refused_in_a_sentence() -> None:
    with pytest.raises(files.NoAddresses, match="no column of addresses"):
        list(files.read(io.StringIO("name,town\nAda,Port Ansel\n"), "x"))
    assert list(files.read(io.StringIO("email\n\n"), "x")) == []
    with pytest.raises(files.NoCsv, match="line 2 of the file is not CSV"):
        list(files.read(["email\n", f"{'x' * 200_000}\n"], "x"))
    ((_, entry),) = files.read(["email,note\n", "a@x.example,caf\udce9\n"], "x")
    assert entry.note == "caf?"
    assert reason_of("spam_report") is COMPLAINED


def test_an_erased_readers_veto_is_given_by_its_hash(any_database: Database, tokens: Tokens) -> None:
    with any_database.writing() as session:
        suppression.suppress(session, tokens, "gone@x.example", SuppressionReason.ERASED, NOW)
        (entry,) = giving.entries(session, SuppressionReason.ERASED)
        assert (entry.email, entry.address_hash) == ("", tokens.address_hash("gone@x.example"))
        assert session.scalar(select(Subscriber.id)) is None
        assert giving.counts(session) == [("erased", "", 1)]
