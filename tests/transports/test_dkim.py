"""Signed letters verify, by a verifier not ours, for whatever readers call themselves; changed ones do not."""

from __future__ import annotations

from datetime import UTC, datetime

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.dkim_key import UnfitKey, new_key, record
from newsletter.domain.letter import Encoding, Hole, Letter
from newsletter.rendering.headers import common_headers, list_headers
from newsletter.rendering.holes import Holes
from newsletter.rendering.letter import Message, compile_letter
from newsletter.settings import DkimKey, DkimSettings, NewsletterSettings, Settings
from newsletter.transports.dkim import Signer, signed
from tests.letters import envelope, small_letter

RSA, ED = DkimKey("rsa1", new_key(rsa=True)), DkimKey("ed1", new_key(rsa=False))
BOTH = DkimSettings("ledger.example", (RSA, ED))
SIGNER = Signer(BOTH)
DNS = {
    f"{key.selector}._domainkey.ledger.example.".encode(): record(key.private_key).encode() for key in (RSA, ED)
}
VALUES = {**envelope(1).values, "preferences_token": "p"}


def verdicts(message: bytes, signatures: int = 2) -> list[bool]:
    """What dkimpy says of each signature, from the top."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return DNS[name]

    return [bool(dkim.DKIM(message).verify(idx=n, dnsfunc=look_up)) for n in range(signatures)]


def is_broken(message: bytes) -> bool:
    try:
        return not any(verdicts(message))
    except dkim.DKIMException:
        return True


@pytest.fixture
def issue(evening: NewsletterSettings, settings: Settings) -> Letter:
    """A letter with all the header fields of an issue, its subject in folded encoded words."""
    holes = Holes("issue", "")
    token = holes.mark("unsubscribe_token", Encoding.HEADER)
    headers = [
        *common_headers(evening, settings.site, holes, "Fähre bei Nacht " * 12, datetime(2026, 3, 10, tzinfo=UTC)),
        *list_headers(evening, {"unsubscribe": f"https://news.ledger.example/u/{token}"}, holes, "2026-03-10"),
    ]
    greeting = holes.mark("greeting", Encoding.TEXT)
    return compile_letter(Message("issue", headers, f"{greeting}\nNews.\n", "<p>News.</p>"), holes)


def test_an_issue_verifies_with_both_keys_and_is_the_letter_behind_its_signatures(issue: Letter) -> None:
    message = SIGNER(issue).stamp(VALUES)
    assert verdicts(message) == [True, True]
    assert message.endswith(b"\r\n" + issue.stamp(VALUES))
    assert message.count(b"DKIM-Signature: ") == 2
    assert max(len(line) for line in message.partition(b"\r\nFrom: ")[0].split(b"\r\n")) <= 78


@pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
def test_one_key_makes_one_signature(issue: Letter, key: DkimKey) -> None:
    message = signed(issue, DkimSettings("ledger.example", (key,))).stamp(VALUES)
    assert verdicts(message, 1) == [True]
    assert message.count(b"DKIM-Signature: ") == 1


def test_no_key_leaves_the_letter_as_it_is(issue: Letter) -> None:
    assert signed(issue, DkimSettings()).stamp(VALUES) == issue.stamp(VALUES)


def test_a_letter_sent_twice_is_the_same_bytes_from_another_process_too(issue: Letter) -> None:
    again = Letter.from_bytes(issue.to_bytes())
    assert Signer(BOTH)(again).stamp(VALUES) == SIGNER(issue).stamp(VALUES)


def test_both_fields_of_one_click_are_signed(issue: Letter) -> None:
    opening = SIGNER(issue).stamp(VALUES).partition(b"bh=")[0].lower().replace(b"\r\n ", b"")
    names = opening.partition(b"h=")[2].partition(b";")[0].split(b":")
    required = "from to subject date message-id mime-version content-type reply-to list-id feedback-id"
    for name in f"{required} list-unsubscribe list-unsubscribe-post".encode().split():
        assert name in names


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"/u/token-1", b"/u/token-2"),
        (b"News.", b"Lies."),
        (b"Reader 1", b"Reader 2"),
        (b"\r\nFrom: ", b"\r\nFrom: <mallory@evil.example>\r\nFrom: "),
        (b"\r\nTo: ", b"\r\nSubject: Another\r\nTo: "),
        (b"\r\nMIME-Version: ", b"\r\nList-Unsubscribe-Post: x\r\nMIME-Version: "),
        (b"\r\nList-Id: ", b"\r\nReply-To: <m@evil.example>\r\nList-Id: "),
        (b"\r\nReply-To: <desk@ledger.example>", b""),
    ],
)
def test_whoever_changes_or_adds_something_breaks_both_signatures(
    issue: Letter, there: bytes, instead: bytes
) -> None:
    message = SIGNER(issue).stamp(VALUES)
    assert there in message
    assert is_broken(message.replace(there, instead))


def test_a_relay_may_fold_header_fields_anew(issue: Letter) -> None:
    message = SIGNER(issue).stamp(VALUES)
    assert verdicts(message.replace(b"\r\nDate: Tue, ", b"\r\ndate:  Tue,\r\n\t ")) == [True, True]


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "",
            " ",
            "a  b\t c ",
            "Ada\r\nBcc: x@evil.example",
            "Ada\r\n\r\nbody",
            "v=1; b=; d=evil.example",
            "n" * 5000,
            "Ünï 😀" * 400,
            "a\r\n .\r\n",
            '"\\',
            "\x0b\x0c",
        ]
    ),
)


@given(name=HOSTILE, address=HOSTILE, token=HOSTILE, greeting=HOSTILE)
def test_whatever_readers_are_called_their_letters_verify(
    name: str, address: str, token: str, greeting: str
) -> None:
    values = {
        **VALUES, "to_name": name, "to_address": address, "unsubscribe_token": token, "greeting": greeting
    }  # fmt: skip
    assert verdicts(SIGNER(LETTER).stamp(values)) == [True, True]


LETTER = small_letter()


@pytest.mark.parametrize(
    "body", [b"", b"News.", b"News.\r\n", b"News.\r\n\r\n\r\n", b"\r\n", b"\r\n\r\n", b" \r\n"]
)
@pytest.mark.parametrize("hole", [True, False])
def test_a_body_may_end_anyhow(body: bytes, *, hole: bool) -> None:
    start = b"From: <evening@ledger.example>\r\nSubject: x\r\n\r\n"
    letter = Letter((start + body, body), (Hole("x", Encoding.TEXT),)) if hole else Letter((start + body,), ())
    for value in ("", "text", "\r\n"):
        message = SIGNER(letter).stamp({"x": value})
        # What ends without a line end gets one on its way; so does dkimpy's hash.
        assert verdicts(message if message.endswith(b"\r\n") else message + b"\r\n") == [True, True]


def test_a_whole_message_can_be_signed_too() -> None:
    assert verdicts(SIGNER.sign(LETTER.stamp(VALUES))) == [True, True]


def test_fields_that_occur_twice_are_signed_from_the_last() -> None:
    twice = b"From: <a@ledger.example>\r\nTo: <b@reader.example>\r\nTo: <c@reader.example>\r\n\r\nNews.\r\n"
    assert verdicts(SIGNER.sign(twice)) == [True, True]


def test_a_message_without_a_whole_header_is_refused() -> None:
    with pytest.raises(ValueError, match="no empty line"):
        SIGNER.sign(b"From: <a@ledger.example>\r\n")


def test_a_letter_is_prepared_once() -> None:
    assert SIGNER(LETTER) is SIGNER(LETTER)


def test_many_letters_do_not_pile_up_and_each_is_signed_for_itself() -> None:
    letters = [small_letter(b"News %d.\r\n" % number) for number in range(40)]
    for letter in letters * 2:
        assert SIGNER(letter).stamp(VALUES).endswith(letter.stamp(VALUES))


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(UnfitKey):
        Signer(DkimSettings("ledger.example", (DkimKey("x", b"nonsense"),)))
