"""The header fields of issues and notices."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.domain.encoding import unstructured
from newsletter.domain.letter import clean
from tests.rendering.conftest import Print
from tests.rendering.reading import read
from tests.rendering.samples import ADA, DRAFT, draft_of

ONCE = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def header_lines(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")


def test_the_fields_of_an_issue(printed: Print) -> None:
    message = read(printed(DRAFT).stamp(ADA)).message
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "Feedback-ID", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert str(message["From"]) == "The Harbour Ledger <evening@ledger.example>"
    assert str(message["To"]) == "Ada Lovelace <ada@reader.example>"
    assert str(message["Subject"]) == DRAFT.subject
    assert str(message["Date"]) == "Tue, 10 Mar 2026 17:00:00 +0000"
    assert str(message["Message-ID"]) == f"<{ADA['message_id']}>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_ways_out_of_the_list(printed: Print) -> None:
    message = read(printed(DRAFT).stamp(ADA)).message
    token = ADA["unsubscribe_token"]
    https, mailto = str(message["List-Unsubscribe"]).split(",")
    assert https == f"<https://news.ledger.example/unsubscribe/{token}>"
    assert mailto.strip() == f"<mailto:desk@ledger.example?subject=unsubscribe%20{token}>"
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert str(message["List-Id"]) == '"The Evening Ledger" <evening.ledger.example>'
    assert re.fullmatch(r"[\w.-]+:evening:issue:[\w.-]{5,15}", str(message["Feedback-ID"]))


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"unsubscribe_address": "leave+now@ledger.example"}, "leave+now@ledger.example"),
        ({"reply_to": ""}, "evening@ledger.example"),
    ],
)
def test_where_a_mail_to_leave_goes(printed: Print, changes: dict[str, str], address: str) -> None:
    message = read(printed(DRAFT, **changes).stamp(ADA)).message
    assert f"<mailto:{address}?" in str(message["List-Unsubscribe"])
    assert ("Reply-To" in message) == ("reply_to" not in changes)


def test_no_encoded_word_where_none_may_stand(printed: Print) -> None:
    raw = printed(DRAFT, title="Hafenblatt für den Abend", from_name="Hafenblätter", slug="abend ü").stamp(ADA)
    encoded = [line for line in header_lines(raw) if "=?" in line]
    assert [line.split(":")[0].strip() for line in encoded if ":" in line] == ["From", "Subject"]
    assert read(raw).message["From"].addresses[0].display_name == "Hafenblätter"
    assert str(read(raw).message["List-Id"]) == "<abend-.ledger.example>"


def test_the_sender_is_the_newsroom_unless_named(printed: Print) -> None:
    assert read(printed(DRAFT, from_name="").stamp(ADA)).message["From"].addresses[0].display_name == (
        "The Harbour Ledger"
    )


def test_a_test_mail_says_so(printed: Print) -> None:
    assert str(read(printed(DRAFT, prefix="[Test] ").stamp(ADA)).message["Subject"]) == f"[Test] {DRAFT.subject}"


def test_the_same_issue_is_the_same_octets(printed: Print) -> None:
    assert printed(DRAFT).to_bytes() == printed(DRAFT).to_bytes()


def test_a_notice_is_marked_as_automatic_and_is_no_list_mail(noticed: Print) -> None:
    message = read(noticed("confirmation").stamp(ADA)).message
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert not [name for name in message.keys() if name.startswith("List-")]  # noqa: SIM118 - fields may repeat
    assert str(message["Subject"]) == "Please confirm: The Evening Ledger"


def test_a_notice_of_an_unknown_kind(noticed: Print) -> None:
    with pytest.raises(KeyError, match="birthday"):
        noticed("birthday")


@given(st.text(st.characters(), max_size=400))
def test_any_subject_reads_back(text: str) -> None:
    raw = unstructured(text, "Subject")
    lines = raw.decode("ascii").split("\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert all(len(line) <= 76 for line in lines if "=?" in line)
    message = read(raw + b"\r\nMIME-Version: 1.0\r\n" + BODY).message
    assert message["Subject"] == " ".join(clean(text).split())


BODY = (
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nt\r\n'
    b"--b\r\nContent-Type: text/html\r\n\r\nh\r\n--b--\r\n"
)


@ONCE
@given(st.text(st.characters(), min_size=1, max_size=120))
def test_no_headline_moves_the_structure(printed: Print, text: str) -> None:
    draft = draft_of(2)
    hostile = replace(draft, subject=text, preheader=text, lead=replace(draft.lead, title=text, standfirst=text))
    assert read(printed(hostile).stamp(ADA)).shape == read(printed(draft).stamp(ADA)).shape


def test_the_lines_of_an_issue_are_short(printed: Print) -> None:
    header, _, body = printed(DRAFT).stamp(ADA).partition(b"\r\n\r\n")
    assert max(map(len, header.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert b"base64" not in body
