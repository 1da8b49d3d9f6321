"""The privacy page says what is counted, as it is configured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.settings import PrivacySettings, Settings, TrackingSettings
from newsletter.web.app import create_web
from tests.web_public.conftest import Reader, app, reader, web, words

__all__ = ["app", "reader", "web"]  # fixtures

NOTHING = "We count neither whether you open a mail nor which stories you click on."
SWITCH = "You can switch this off for yourself"


def told(reader: Reader, settings: Settings, language: str = "en") -> str:
    return words(create_web(replace(reader.app, settings=settings)).test_client().get(f"/privacy?lang={language}"))


def counting(settings: Settings, **what: bool) -> Settings:
    tracking = TrackingSettings(**what, keep=timedelta(days=45))
    newsletters = tuple(replace(each, tracking=tracking) for each in settings.newsletters)
    return replace(settings, newsletters=newsletters, tracking=tracking)


def test_off_by_default_and_said_so(reader: Reader) -> None:
    page = words(reader.get("/privacy"))
    assert NOTHING in page
    assert SWITCH not in page
    assert "is kept for 30 days" in page


@pytest.mark.parametrize(
    ("opens", "clicks", "sentence"),
    [
        (True, True, "We count whether a mail is opened and which stories are clicked on."),
        (True, False, "We count whether a mail is opened, but not which stories are clicked on."),
        (False, True, "We count which stories are clicked on, but not whether a mail is opened."),
    ],
)
def test_what_is_counted_how_long_and_how_to_stop_it(
    reader: Reader, opens: bool, clicks: bool, sentence: str
) -> None:
    page = told(reader, counting(reader.app.settings, opens=opens, clicks=clicks))
    assert sentence in page
    assert NOTHING not in page
    assert "After 45 days only sums are left" in page
    assert SWITCH in page


def test_newsletters_that_differ_are_told_apart(reader: Reader) -> None:
    settings = counting(reader.app.settings, clicks=True)
    (evening,) = settings.newsletters
    quiet = replace(evening, slug="weekend", title="The Weekend Ledger", tracking=TrackingSettings())
    page = told(reader, replace(settings, newsletters=(evening, quiet)))
    assert "The Evening Ledger We count which stories are clicked on" in page
    assert f"The Weekend Ledger {NOTHING}" in page


def test_network_addresses_that_are_not_kept_are_not_spoken_of_as_kept(reader: Reader) -> None:
    settings = replace(reader.app.settings, privacy=PrivacySettings(timedelta(0)))
    assert "is never written down" in told(reader, settings)
    assert "Nach 45 Tagen" in told(reader, counting(settings, opens=True), "de")


def test_every_page_leads_there(reader: Reader) -> None:
    assert 'href="/privacy"' in reader.get("/").text
    assert 'href="/privacy"' in reader.get("/confirm/cut").text
