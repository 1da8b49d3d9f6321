"""Addresses as typed become addresses as known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.addresses import Fault, InvalidAddress, normalise, plain_address, plain_name, validated


@pytest.mark.parametrize(
    ("typed", "email", "key"),
    [
        ("ada@reader.example", "ada@reader.example", "ada@reader.example"),
        ("  Ada.Nwosu@Reader.EXAMPLE \n", "Ada.Nwosu@reader.example", "ada.nwosu@reader.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("JOSÉ@reader.example", "JOSÉ@reader.example", "josé@reader.example"),
        ("jose\u0301@reader.example", "josé@reader.example", "josé@reader.example"),
    ],
)
def test_every_spelling_of_a_mailbox_has_one_key(typed: str, email: str, key: str) -> None:
    address = normalise(typed)
    assert (address.email, address.key) == (email, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "ada",
        "ada@",
        "@reader.example",
        "ada@reader",
        "a b@reader.example",
        "Ada <ada@reader.example>",
        "ada@reader.example, bob@reader.example",
        "ada@reader..example",
        "ada@[192.0.2.1]",
        "x" * 65 + "@reader.example",
        "ada@reader.example\nBcc: bob@reader.example",
        "ada\0@reader.example",
        "ada@localhost",
        '"a b"@reader.example',
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        normalise(typed)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (" ", Fault.MISSING),
        ("ada", Fault.NO_AT_SIGN),
        (f"ada@{'long.' * 50}example", Fault.TOO_LONG),
        ("a b@reader.example", Fault.BEFORE_THE_AT),
        ("ada..b@reader.example", Fault.BEFORE_THE_AT),
        ("ada@reader", Fault.AFTER_THE_AT),
        ("ada@reader..example", Fault.AFTER_THE_AT),
    ],
)
def test_a_refusal_says_where_the_fault_is(typed: str, fault: Fault) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        normalise(typed)
    assert refusal.value.fault is fault


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        address = normalise(text)
    except InvalidAddress:
        return
    assert normalise(address.email) == address
    assert len(address.key) <= 320


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada   Nwosu ", "Ada Nwosu"),
        ("J.R. St.John", "J.R. St. John"),
        ("win at https://evil.example/now", "win at https: evil. example now"),
        ("a@evil.example", "a evil. example"),
        ("Ada\r\nBcc: bob", "Ada Bcc: bob"),
        ("李 小龍", "李 小龍"),
    ],
)
def test_a_name_holds_nothing_that_becomes_a_link(typed: str, kept: str) -> None:
    assert plain_name(typed) == kept


@given(st.text())
def test_a_name_is_one_short_line(text: str) -> None:
    name = plain_name(text)
    assert len(name) <= 100
    assert name.isprintable()
    assert plain_name(name) == name


# Made of what the pattern is about, so that nearly all come close to being plain addresses, and many are.
_PIECES = st.sampled_from([
    "a", "B", "z9", "7", "-", "--", "_", "+", ".", "..", "xn--", "info", "Postmaster", "test", "example", "org",
    "co", "uk", "c1", "localhost", "onion", "x" * 31, "y" * 63,
])  # fmt: skip
_PARTS = st.lists(_PIECES, min_size=1, max_size=6).map("".join)


@given(
    st.builds("{}@{}.{}".format, _PARTS, _PARTS, _PIECES) | st.emails() | st.builds("{}@{}".format, _PARTS, _PARTS)
)
@settings(max_examples=400, deadline=None)
def test_a_plain_address_is_read_as_the_library_reads_it(typed: str) -> None:
    plain = plain_address(typed)
    assert plain is None or plain == validated(typed)


@pytest.mark.parametrize("typed", ["Ada.Nwosu+list@mail.reader.example", "a@b.cd", "x_1-2@3com.example"])
def test_nearly_every_address_is_plain(typed: str) -> None:
    assert plain_address(typed) == validated(typed)


@pytest.mark.parametrize("typed", ["INFO@reader.example", "a@b.test", "a@xn--bcher-kva.example", "a@localhost"])
def test_what_the_library_treats_in_its_own_way_is_left_to_it(typed: str) -> None:
    assert plain_address(typed) is None
