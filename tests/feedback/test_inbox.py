"""What comes back, kept and drawn into the register, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.domain.delivery import Envelope
from newsletter.feedback.inbox import Inbox
from newsletter.feedback.mail.reading import read_mail
from newsletter.feedback.mailboxes.mailbox import MailboxDown
from newsletter.feedback.mailboxes.maildir import Maildir
from newsletter.feedback.report import Report
from newsletter.feedback.rules import Consequence
from newsletter.feedback.tables import Incoming, IncomingState, ReportRow
from newsletter.settings import FeedbackSettings
from subscribers.models import Subscription, SubscriptionEvent, Suppression
from subscribers.tokens import Purpose
from tests.delivery.conftest import House, Script
from tests.delivery.conftest import house as house  # noqa: PLC0414 - the fixture
from tests.feedback import mails


def never() -> bool:
    return False


@pytest.fixture
def inbox(house: House) -> Inbox:
    house.send(Script())
    settings = FeedbackSettings(transient_limit=3, transient_issues=5)
    return Inbox(house.database, house.tokens, house.clock, settings, {})


def about(house: House, raw: bytes, number: int = 1, issue: int = 0) -> bytes:
    return mails.to_reference(raw, house.tokens.reference(issue or house.issue_id, number))


def stands(house: House, number: int = 1) -> tuple[str, str | None]:
    """Return a subscription's state, and why its address is suppressed."""
    with house.database.reading() as session:
        subscription = session.get_one(Subscription, number)
        hash_ = subscription.subscriber.address_hash
        why = session.scalar(select(Suppression.reason).where(Suppression.address_hash == hash_))
        return subscription.state, why


def count(house: House, table: type[ReportRow | Incoming | SubscriptionEvent]) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_permanent_failure_suppresses_at_once_and_only_that_reader(house: House, inbox: Inbox) -> None:
    drawn = inbox.take_mail(about(house, mails.PERMANENT["postfix"]))
    assert drawn == Counter({Consequence.SUPPRESSED: 1})
    assert stands(house) == ("active", "bounced")
    assert stands(house, 2) == ("active", None)
    with house.database.reading() as session:
        (report,) = session.scalars(select(ReportRow))
        assert (report.issue_id, report.subscription_id, report.status) == (house.issue_id, 1, "5.1.1")
        assert "User unknown" in report.words


def test_the_same_mail_twice_does_nothing_twice(house: House, inbox: Inbox) -> None:
    raw = about(house, mails.PERMANENT["postfix"])
    inbox.take_mail(raw)
    before = count(house, SubscriptionEvent)
    assert inbox.take_mail(raw) == Counter()
    assert (count(house, Incoming), count(house, ReportRow)) == (1, 1)
    assert count(house, SubscriptionEvent) == before


def test_a_reference_that_was_not_made_here_names_nobody(house: House, inbox: Inbox) -> None:
    forged = house.tokens.reference(house.issue_id, 1)[:-1] + "0"
    forged = forged if forged != house.tokens.reference(house.issue_id, 1) else forged[:-1] + "1"
    raw = mails.notification("5.1.1", "550 5.1.1 user unknown", to="stranger@else.example")
    inbox.take_mail(mails.to_reference(raw, forged))
    assert stands(house) == ("active", None)


def test_passing_failures_of_enough_issues_suppress_and_fade_otherwise(house: House, inbox: Inbox) -> None:
    full = mails.TRANSIENT["full"]
    issues = [house.issue_id]
    for day in (11, 12, 13, 14, 15):
        house.later(days=1)
        issues.append(house.issue(day=day))
    for issue in issues[:2]:
        assert inbox.take_mail(about(house, full, issue=issue)) == Counter({Consequence.COUNTED: 1})
        assert inbox.take_mail(about(house, full + b" ", issue=issue)) == Counter({Consequence.COUNTED: 1})
    assert inbox.take_mail(about(house, full, 2, issues[0])) == Counter({Consequence.COUNTED: 1})
    assert inbox.take_mail(about(house, full, issue=issues[4])) == Counter({Consequence.COUNTED: 1})
    assert stands(house) == ("active", None)  # the first of the three is too long ago
    assert inbox.take_mail(about(house, full, issue=issues[5])) == Counter({Consequence.SUPPRESSED: 1})
    assert stands(house) == ("active", "bounced")
    assert stands(house, 2) == ("active", None)


@pytest.mark.parametrize("name", sorted({**mails.OF_THE_MESSAGE, **mails.HARMLESS}))
def test_nothing_else_touches_the_reader(house: House, inbox: Inbox, name: str) -> None:
    inbox.take_mail(about(house, {**mails.OF_THE_MESSAGE, **mails.HARMLESS}[name]))
    assert stands(house) == ("active", None)
    assert count(house, ReportRow) == 1


def test_a_complaint_ends_everything_for_good(house: House, inbox: Inbox) -> None:
    drawn = inbox.take_mail(about(house, mails.complaint()))
    assert drawn == Counter({Consequence.COMPLAINED: 1})
    assert stands(house) == ("unsubscribed", "complained")


def test_a_complaint_without_a_reference_is_known_by_its_address(house: House, inbox: Inbox) -> None:
    inbox.take_mail(mails.complaint())
    assert stands(house) == ("unsubscribed", "complained")


def test_a_goodbye_by_mail_leaves_and_a_second_one_changes_nothing(house: House, inbox: Inbox) -> None:
    token = house.tokens.sign(Purpose.UNSUBSCRIBE, 1, house.clock.now())
    for body in ("", "again"):
        inbox.take_mail(mails.plain(f"unsubscribe {token}", body, "Ada <ada@reader.example>"))
    assert stands(house) == ("unsubscribed", None)
    with house.database.reading() as session:
        events = session.scalars(select(SubscriptionEvent).where(SubscriptionEvent.subscription_id == 1)).all()
    assert [(event.event, event.source) for event in events] == [("unsubscribed", "mail")]


def test_what_is_not_understood_is_kept_whole(house: House, inbox: Inbox) -> None:
    raw = mails.STRANGE["octets"]
    assert inbox.take_mail(raw) == Counter()
    with house.database.reading() as session:
        (kept,) = session.scalars(select(Incoming))
        assert (kept.state, kept.body) == (IncomingState.NOT_UNDERSTOOD, raw)
        assert kept.note


def test_a_maildir_is_emptied_once_the_effect_is_committed(house: House, inbox: Inbox, tmp_path: Path) -> None:
    folder = maildir(tmp_path)
    (folder / "new" / "1.a").write_bytes(about(house, mails.PERMANENT["postfix"]))
    (folder / "cur" / "2.b:2,S").write_bytes(mails.STRANGE["a person"])
    (folder / "tmp" / "3.c").write_bytes(b"not whole yet")
    assert Maildir(folder).empty(inbox.take_mail, never) == 2
    assert [file.name for file in folder.rglob("*") if file.is_file()] == ["3.c"]
    assert stands(house) == ("active", "bounced")


def test_a_mail_whose_effect_is_not_committed_stays(tmp_path: Path) -> None:
    folder = maildir(tmp_path)
    (folder / "new" / "1.a").write_bytes(b"x")

    def take(raw: bytes) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        Maildir(folder).empty(take, never)
    assert (folder / "new" / "1.a").exists()


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(MailboxDown, match="is no Maildir"):
        Maildir(tmp_path / "missing").empty(lambda _: None, never)


def test_requests_that_wait_are_worked_off_once(house: House, inbox: Inbox) -> None:
    raw = about(house, mails.PERMANENT["postfix"])
    inbox = Inbox(
        house.database, house.tokens, house.clock, inbox.settings, {"post": lambda body: _read(body, house)}
    )
    assert [inbox.keep("post", raw, "event-1"), inbox.keep("post", raw, "event-1")] == [True, False]
    assert inbox.work_off(never) == Counter({Consequence.SUPPRESSED: 1})
    assert inbox.work_off(never) == Counter()
    assert stands(house) == ("active", "bounced")


def _read(body: bytes, house: House) -> Sequence[Report]:
    return read_mail(body, house.clock.now(), lambda _: False)  # a mail's reading serves as a provider's here


def maildir(path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (path / "bounces" / name).mkdir(parents=True)
    return path / "bounces"


def test_the_reader_is_named_on_every_return_path(house: House) -> None:
    house.issue(day=11)
    house.settings = replace(house.settings, feedback=FeedbackSettings(return_path="bounces@ledger.example"))
    senders: list[str] = []

    def note(envelope: Envelope) -> None:
        senders.append(envelope.sender)

    house.send(Script(act=note))
    assert sorted(senders) == sorted(
        f"bounces+{house.tokens.reference(house.issue_id, number)}@ledger.example" for number in range(1, 11)
    )
    assert all(len(sender.partition("@")[0]) <= 64 for sender in senders)
