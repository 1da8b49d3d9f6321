"""The gate before the register: stamps, limits, proxies, and an answer that is the same for every address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.settings import Limit, WebSettings
from newsletter.web.app import create_web
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, soup, words

Open = Callable[..., Reader]
PATH = "/subscribe/evening"


@pytest.fixture
def opened(app: App) -> Open:
    """Open the pages with other settings of `[signup]`, behind so many proxies."""

    def open_with(proxies: int = 0, **signup: Any) -> Reader:
        settings = replace(app.settings, signup=replace(app.settings.signup, **signup))
        settings = replace(settings, web=WebSettings(trusted_proxies=proxies))
        there = replace(app, settings=settings)
        return Reader(there, create_web(there).test_client(use_cookies=False))

    return open_with


def fields(page: TestResponse) -> dict[str, str]:
    """Return what the page's form would send as it stands."""
    inputs = soup(page).select('form input:not([type="checkbox"])')
    return {str(field["name"]): str(field.get("value", "")) for field in inputs}


def wait(reader: Reader, seconds: float) -> None:
    clock = reader.app.clock
    assert isinstance(clock, SetClock)
    clock.moment += timedelta(seconds=seconds)


def stamp_of(reader: Reader) -> str:
    return fields(reader.get(PATH))["stamp"]


def taken(page: TestResponse) -> bool:
    """Tell whether the sign-up was accepted, or the form came again."""
    said = words(page)
    assert ("Look into your mailbox" in said) != ("One more press" in said)
    return "Look into your mailbox" in said


def from_network(reader: Reader, address: str, email: str = EMAIL, **headers: str) -> int:
    place = {"REMOTE_ADDR": address}
    return reader.http.post(PATH, data={"email": email}, environ_base=place, headers=headers).status_code


def test_a_form_that_was_looked_at_is_taken_at_once(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    form = fields(reader.get(PATH))
    wait(reader, 2)
    assert taken(reader.post(PATH, **form | {"email": EMAIL}))
    assert reader.people() == [EMAIL]


def test_who_is_too_fast_presses_once_more_and_the_time_counts(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    form = fields(reader.get(PATH))
    wait(reader, 1)
    asked = reader.post(PATH, **form | {"email": EMAIL, "name": "Ada", "sections": "sport"})
    assert (taken(asked), reader.people()) == (False, [])
    assert fields(asked)["stamp"] == form["stamp"]
    wait(reader, 1)
    assert taken(reader.post(PATH, **fields(asked)))
    assert reader.subscription(1) == ("sport", "Ada", "")


@pytest.mark.parametrize("stamp", ["", "x", "A" * 38])
def test_a_form_without_a_stamp_of_ours_is_asked_for_again(opened: Open, stamp: str) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    asked = reader.post(PATH, email=EMAIL, stamp=stamp, page="https://ledger.example/tide")
    assert (taken(asked), reader.people()) == (False, [])
    assert [button.string for button in soup(asked).select("form button")] == ["Yes, subscribe me"]
    wait(reader, 2)
    assert taken(reader.post(PATH, **fields(asked)))
    assert reader.last_event().source_page == "https://ledger.example/tide"


def test_a_stamp_is_good_for_a_day(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    old = stamp_of(reader)
    wait(reader, 86_400)
    asked = reader.post(PATH, email=EMAIL, stamp=old)
    assert not taken(asked)
    assert fields(asked)["stamp"] != old


def test_a_stamp_is_good_for_a_few_sign_ups(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    stamp = stamp_of(reader)
    wait(reader, 3)
    posted = [reader.post(PATH, email=f"r{number}@reader.example", stamp=stamp) for number in range(6)]
    assert [taken(page) for page in posted] == [True] * 5 + [False]
    assert fields(posted[-1])["stamp"] != stamp


def test_what_was_typed_cannot_break_out_of_the_page(opened: Open) -> None:
    asked = opened(minimum_time=timedelta(seconds=2)).post(PATH, email=EMAIL, name='"><script>alert(1)</script>')
    assert "<script" not in asked.text
    assert fields(asked)["name"] == '"><script>alert(1)</script>'


def test_too_many_from_one_network(opened: Open) -> None:
    reader = opened(per_network=Limit(2, timedelta(minutes=10)))
    wait(reader, 150)
    assert [from_network(reader, "192.0.2.9") for _ in range(3)] == [200, 200, 429]
    page = reader.http.post(PATH, data={"email": EMAIL}, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert page.headers["Retry-After"] == "450"
    assert "Please try again in 8 minutes." in words(page)
    assert from_network(reader, "192.0.2.10") == 200
    wait(reader, 450)
    assert from_network(reader, "192.0.2.9") == 200


def test_a_limit_survives_a_restart(opened: Open) -> None:
    for expected in (200, 429):
        reader = opened(per_network=Limit(1, timedelta(hours=1)))
        assert from_network(reader, "192.0.2.9") == expected


def test_an_ipv6_household_is_one_network(opened: Open) -> None:
    reader = opened(per_network=Limit(1, timedelta(hours=1)))
    addresses = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    assert [from_network(reader, each) for each in addresses] == [200, 429, 200]


def test_an_address_is_one_network_however_it_is_written(opened: Open) -> None:
    reader = opened(per_network=Limit(1, timedelta(hours=1)))
    addresses = ("192.0.2.9", "::ffff:192.0.2.9", "fe80::1%eth0", "fe80::2%eth1", "not an address", "")
    assert [from_network(reader, each) for each in addresses] == [200, 429, 200, 429, 200, 429]


def test_too_many_for_one_mailbox_whatever_its_tag(opened: Open) -> None:
    reader = opened(per_address=Limit(2, timedelta(days=1)))
    tried = ("ada@reader.example", "Ada+one@reader.example", "ada+two@reader.example", "bob@reader.example")
    assert [reader.post(PATH, email=email).status_code for email in tried] == [200, 200, 429, 200]


def test_a_refusal_says_the_same_for_every_address(opened: Open) -> None:
    reader = opened(per_address=Limit(1, timedelta(days=1)))
    reader.subscribed("known@reader.example")
    texts = set()
    for who in ("known", "new"):
        reader.post(PATH, email=f"{who}@reader.example")
        page = reader.post(PATH, email=f"{who}@reader.example")
        texts.add((page.status_code, page.text, page.headers["Retry-After"]))
    assert len(texts) == 1


@pytest.mark.parametrize(("trusted", "seen"), [(0, "10.0.0.1"), (1, "192.0.2.9"), (2, "203.0.113.5")])
def test_only_trusted_proxies_say_who_the_reader_is(opened: Open, trusted: int, seen: str) -> None:
    reader = opened(proxies=trusted)
    forwarded = "198.51.100.1, 203.0.113.5, 192.0.2.9"
    assert from_network(reader, "10.0.0.1", **{"X-Forwarded-For": forwarded}) == 200
    assert reader.last_event().network_address == seen


def test_a_made_up_forwarding_is_no_way_round_the_limit(opened: Open) -> None:
    reader = opened(proxies=1, per_network=Limit(1, timedelta(hours=1)))
    claims = [f"198.51.100.{number}, 192.0.2.9" for number in range(3)]
    posted = [from_network(reader, "10.0.0.1", **{"X-Forwarded-For": claim}) for claim in claims]
    assert posted == [200, 429, 429]


def solved(stamp: str, bits: int) -> str:
    return next(
        str(number)
        for number in range(1 << 20)
        if int.from_bytes(sha256(f"{stamp}:{number}".encode()).digest()) >> (256 - bits) == 0
    )


def test_a_proof_of_work_lets_pass_once(opened: Open) -> None:
    reader = opened(proof_of_work=8)
    stamp = stamp_of(reader)
    proof = solved(stamp, 8)
    posted = [reader.post(PATH, email=EMAIL, stamp=stamp, proof=proof) for _ in range(2)]
    assert [taken(page) for page in posted] == [True, False]


def test_work_done_for_one_form_is_none_for_another(opened: Open) -> None:
    reader = opened(proof_of_work=12)
    first, second = stamp_of(reader), stamp_of(reader)
    assert not taken(reader.post(PATH, email=EMAIL, stamp=second, proof=solved(first, 12)))


@pytest.mark.parametrize("proof", ["", "0", "é", "1" * 21, "1 2"])
def test_what_is_no_proof_is_none(opened: Open, proof: str) -> None:
    reader = opened(proof_of_work=16)
    assert not taken(reader.post(PATH, email=EMAIL, stamp=stamp_of(reader), proof=proof))


def test_without_script_patience_is_as_good_for_a_few(opened: Open) -> None:
    reader = opened(proof_of_work=16)
    asked = reader.post(PATH, email=EMAIL, stamp=stamp_of(reader))
    assert "Please wait for 20 seconds before you press." in words(asked)
    stamps = [stamp_of(reader) for _ in range(4)]
    wait(reader, 20)
    posted = [reader.post(PATH, email=EMAIL, stamp=stamp) for stamp in stamps]
    assert [page.status_code for page in posted] == [200, 200, 200, 429]


def test_what_shows_no_stamp_writes_nothing(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2), per_network=Limit(1, timedelta(hours=1)))
    for _ in range(3):
        assert not taken(reader.post(PATH, email=EMAIL))
    with reader.app.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM limit_counts").scalar() == 0


def test_links_that_are_asked_for_count_too(opened: Open) -> None:
    reader = opened(per_network=Limit(1, timedelta(hours=1)))
    asked = [reader.post("/preferences", email=f"r{number}@reader.example") for number in range(2)]
    assert [page.status_code for page in asked] == [200, 429]


def test_a_new_address_is_asked_only_so_often(opened: Open) -> None:
    reader = opened(per_address=Limit(1, timedelta(hours=1)))
    path = reader.link(Purpose.PREFERENCES, reader.subscribed()) + "/address"
    asked = [reader.post(path, email="victim@reader.example") for _ in range(2)]
    assert [page.status_code for page in asked] == [303, 429]


def test_every_page_that_signs_up_has_a_stamp(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    for path in ("/", PATH):
        form = BeautifulSoup(reader.get(path).text, "html.parser").select_one("form")
        assert form is not None
        assert form.select_one('input[name="stamp"]')


def test_one_more_press_keeps_the_address_that_was_suggested_and_taken(opened: Open) -> None:
    reader = opened(minimum_time=timedelta(seconds=2))
    asked = reader.post(PATH, email="ada@gmial.com", instead="ada@gmail.com")
    assert "ada@gmail.com" in words(asked)
    assert "ada@gmial.com" not in words(asked)
    wait(reader, 2)
    assert taken(reader.post(PATH, **fields(asked)))
    assert reader.people() == ["ada@gmail.com"]
