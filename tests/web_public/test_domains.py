"""Domains that are refused at sign-up: without mail, or thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import App, compose
from newsletter.mail_domains import DisposableDomains, Lookup, MailDomains
from newsletter.settings import Settings
from newsletter.web.app import create_web
from subscribers.tokens import Purpose
from tests.name_server import NameServer, name_server
from tests.web_public.conftest import Reader, soup, words


@pytest.fixture
def dns_server() -> Iterator[NameServer]:
    with name_server() as server:
        server.zone["reader.test"] = {"MX": ["10 mx.reader.test."]}
        yield server


@pytest.fixture
def careful(app: App, dns_server: NameServer, tmp_path: Path) -> Reader:
    """A reader of a newsroom that asks DNS and has a list of throw-away domains."""
    listed = tmp_path / "disposable.txt"
    listed.write_text("bin.example\n")
    judge = MailDomains(DisposableDomains(listed), Lookup(app.clock, dns_server.resolver, deadline=5))
    return Reader(app, create_web(replace(app, mail_domains=judge)).test_client(use_cookies=False))


def test_a_domain_without_mail_is_refused_in_one_sentence(careful: Reader) -> None:
    page = careful.post("/subscribe/evening", email="ada@nowhere.org")
    assert (page.status_code, careful.people()) == (422, [])
    error = soup(page).select_one("#email-error")
    assert error is not None
    assert error.get_text() == "nowhere.org cannot receive mail. Is it spelt as it should be?"


def test_a_domain_with_mail_is_taken(careful: Reader, dns_server: NameServer) -> None:
    dns_server.zone["paper.org"] = {"MX": ["10 mx.paper.org."]}
    assert careful.post("/subscribe/evening", email="ada@paper.org").status_code == 200
    assert careful.people() == ["ada@paper.org"]


def test_a_throw_away_domain_is_refused_without_asking_dns(careful: Reader, dns_server: NameServer) -> None:
    page = careful.post("/subscribe/evening", email="ada@mail.bin.example")
    assert page.status_code == 422
    assert "Please use one that you keep." in words(page)
    assert (careful.people(), dns_server.asked) == ([], [])


@pytest.mark.parametrize(
    "fields", [{"email": "bot@nowhere.org", "leave_empty": "x"}, {"email": "no address"}, {"email": "a@gmial.com"}]
)
def test_dns_is_asked_for_nothing_that_is_not_taken_anyway(
    careful: Reader, dns_server: NameServer, fields: dict[str, str]
) -> None:
    careful.post("/subscribe/evening", **fields)
    assert dns_server.asked == []


def test_a_new_address_is_looked_at_as_well(careful: Reader) -> None:
    page = careful.post(
        f"{careful.link(Purpose.PREFERENCES, careful.subscribed())}/address", email="ada@nowhere.org"
    )
    assert (page.status_code, careful.owed()) == (422, [])
    assert "nowhere.org cannot receive mail." in words(page)


def test_what_the_settings_switch_on(settings: Settings, tmp_path: Path) -> None:
    off = compose(settings).mail_domains
    signup = replace(settings.signup, check_dns=True, disposable_domains=tmp_path / "disposable.txt")
    on = compose(replace(settings, signup=signup)).mail_domains
    assert (off.lookup, off.disposable) == (None, None)
    assert on.lookup is not None
    assert on.disposable is not None
