"""Mails that come back, and what they come to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.feedback.mail.reading import read_mail
from newsletter.feedback.report import NotUnderstood, ReportKind
from newsletter.feedback.rules import Consequence, consequence
from tests.feedback import mails

NOW = datetime(2026, 3, 11, tzinfo=UTC)


def read(raw: bytes) -> tuple[ReportKind, Consequence]:
    (report,) = read_mail(raw, NOW, lambda token: token.startswith("good"))
    return report.kind, consequence(report)


def cases(found: dict[str, bytes]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("raw", found.values(), ids=list(found))


@cases(mails.PERMANENT)
def test_an_address_that_is_not_there_is_told_as_such(raw: bytes) -> None:
    assert read(raw) == (ReportKind.BOUNCED, Consequence.SUPPRESSED)


@cases(mails.TRANSIENT)
def test_what_passes_is_never_taken_for_the_end(raw: bytes) -> None:
    assert read(raw) == (ReportKind.BOUNCED, Consequence.COUNTED)


@cases(mails.OF_THE_MESSAGE)
def test_what_is_about_the_letter_is_not_the_reader_s_fault(raw: bytes) -> None:
    assert read(raw) == (ReportKind.BOUNCED, Consequence.ALARM)


@cases(mails.HARMLESS)
def test_what_means_nothing_has_no_consequence(raw: bytes) -> None:
    assert read(raw)[1] is Consequence.NOTHING


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other"])
def test_every_complaint_is_one(kind: str) -> None:
    assert read(mails.complaint(kind)) == (ReportKind.COMPLAINED, Consequence.COMPLAINED)


def test_a_complaint_that_is_taken_back_is_none() -> None:
    assert read(mails.complaint("not-spam"))[1] is Consequence.NOTHING


@pytest.mark.parametrize("subject", ["unsubscribe {}", "Unsubscribe  {}", "Re: unsubscribe {} "])
def test_a_goodbye_by_mail(subject: str) -> None:
    token = "good" + "a" * 34
    raw = mails.plain(subject.format(token), "", "Ada <ada@reader.example>")
    assert read(raw) == (ReportKind.UNSUBSCRIBED, Consequence.LEFT)


@pytest.mark.parametrize("subject", ["unsubscribe " + "b" * 38, "unsubscribe", "unsubscribe me please"])
def test_a_goodbye_without_a_link_of_ours_is_kept_for_a_person(subject: str) -> None:
    with pytest.raises(NotUnderstood):
        read(mails.plain(subject, "", "Ada <ada@reader.example>"))


@cases(mails.STRANGE)
def test_strange_mail_is_not_understood(raw: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read(raw)


def test_several_recipients_are_several_reports() -> None:
    group = b"Final-Recipient: rfc822; second@reader.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
    raw = mails.PERMANENT["postfix"].replace(b"\r\n--b\r\nContent-Type: text/rfc822-headers", b"\r\n" + group + b"--b\r\nContent-Type: text/rfc822-headers")  # fmt: skip  # noqa: E501
    reports = read_mail(raw, NOW, lambda _: False)
    assert [(each.recipient, each.kind) for each in reports] == [
        (mails.READER, ReportKind.BOUNCED),
        ("second@reader.example", ReportKind.DELAYED),
    ]
    assert len({each.key for each in reports}) == 2


def test_the_date_is_the_mail_s_but_never_in_the_future() -> None:
    (report,) = read_mail(mails.PERMANENT["postfix"], NOW, lambda _: False)
    assert report.at == datetime(2026, 3, 10, 16, 5, tzinfo=UTC)
    ahead = mails.PERMANENT["postfix"].replace(b"10 Mar 2026", b"10 Mar 2099")
    assert read_mail(ahead, NOW, lambda _: False)[0].at == NOW


@given(st.binary(max_size=400), st.sampled_from(sorted({**mails.PERMANENT, **mails.HARMLESS}.values())))
def test_no_mail_breaks_the_reading(noise: bytes, raw: bytes) -> None:
    for mail in (noise, raw[: len(noise) * 3] + noise + raw[len(noise) * 3 :]):
        try:
            read_mail(mail, NOW, lambda _: True)
        except NotUnderstood:
            continue
