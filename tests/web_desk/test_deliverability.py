"""The desk's page of what the doctor found, and the daemon that looks once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.daemon.deeds import Daemon
from newsletter.delivery.ledger.tables import WarmUpRow
from newsletter.doctor import examining
from newsletter.doctor.keeping import KEPT, keep, latest
from newsletter.doctor.tables import ExaminationRow
from newsletter.settings import WarmUpSettings
from newsletter.web.app import create_web
from tests.web_desk.conftest import EMAIL, PASSWORD, DeskClient
from tests.web_desk.examined import FOUND, RULES


def test_nothing_was_looked_at_yet(desk: DeskClient) -> None:
    assert desk.get("/desk/deliverability").status_code == 200
    assert "Nothing was looked at yet." in desk.words


def test_findings_stand_by_check_with_their_records(app: App, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        keep(rows, FOUND, RULES, app.clock.now())
    desk.get("/desk/deliverability")
    assert [each.get_text(" ", strip=True) for each in desk.soup.select("h2")] == [
        "SPF Stop",
        "DKIM Warning",
        "Disk Fine",
        "Clock Unknown",
        "Who sends much",
    ]
    assert "No <record>." in desk.words
    assert desk.soup.select_one("pre").get_text(strip=True) == 'ledger.example. IN TXT "v=spf1 -all"'  # type: ignore[union-attr]
    assert "2 of 5 findings should be mended." in desk.words
    assert "Not met dkim Gmail, Yahoo, Microsoft Letters are signed. There is no record." in desk.words
    assert "Unknown complaints, gmail" in desk.words


def test_tonight_says_what_stands_in_the_way_and_what_waits(app: App, desk: DeskClient, clock: SetClock) -> None:
    day = clock.now().date()
    browser = signed_in(replace(app, settings=replace(app.settings, warm_up=WarmUpSettings(day))))
    browser.get("/desk/")
    assert "Deliverability:" not in browser.words
    with app.database.writing() as rows:
        keep(rows, FOUND, RULES, clock.now())
        rows.add(WarmUpRow(day=day, provider="gmail", step=0, cap=50, taken=50, put_off=1234))
    browser.get("/desk/")
    assert "Deliverability: 2 findings should be mended." in browser.words
    assert "1,234 letters beyond today’s warm-up" in browser.words


def test_an_issue_under_way_says_that_letters_may_wait(
    app: App, desk: DeskClient, clock: SetClock, issue_id: int, readers: Callable[[int], None]
) -> None:
    readers(3)
    with app.database.writing() as rows:
        app.lock(rows, issue_id, actor="daemon")
    desk.get(f"/desk/issues/{issue_id}")
    assert "0 of 3 deliveries done" in desk.words
    assert "others may wait for another day" not in desk.words
    warm_up = WarmUpSettings(clock.now().date())
    browser = signed_in(replace(app, settings=replace(app.settings, warm_up=warm_up)))
    browser.get(f"/desk/issues/{issue_id}")
    assert "others may wait for another day" in browser.words


def test_strangers_see_nothing(stranger: DeskClient) -> None:
    assert stranger.get("/desk/deliverability").status_code in {302, 303}


def test_the_daemon_looks_once_a_day_and_keeps_some(
    app: App, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "CHECKS", {"disk": lambda patient: FOUND[2:3]})
    here = replace(app.settings, site=replace(app.settings.site, base_url="http://127.0.0.1:8080"))
    alone, daemon = Daemon(replace(app, settings=here)), Daemon(app)
    daemon.examine()  # too early
    clock.moment += timedelta(hours=1)
    alone.examine()  # a demonstration
    with app.database.reading() as rows:
        assert latest(rows) is None
    for hours in (1, 12, 12, *[24] * KEPT):
        clock.moment += timedelta(hours=hours)
        daemon.examine()
    with app.database.reading() as rows:
        found = latest(rows)
        assert found is not None
        assert (found.at, found.found) == (clock.now(), tuple(FOUND[2:3]))
        assert rows.query(ExaminationRow).count() == KEPT


def test_a_warm_up_shows_its_days(app: App, desk: DeskClient, clock: SetClock) -> None:
    warm_up = WarmUpSettings(clock.now().date(), (50,))
    browser = signed_in(replace(app, settings=replace(app.settings, warm_up=warm_up)))
    browser.get("/desk/deliverability")
    assert "Nothing was sent on any of its days yet." in browser.words
    with app.database.writing() as rows:
        row = WarmUpRow(
            day=clock.now().date(), provider="gmail", step=0, cap=50, taken=50, put_off=7, held="bounces"
        )
        rows.add(row)
    browser.get("/desk/deliverability")
    assert "gmail 1 50 50 7 Held bounces" in browser.words


def signed_in(app: App) -> DeskClient:
    browser = DeskClient(create_web(app).test_client())
    browser.get("/desk/sign-in")
    browser.press("Sign in", email=EMAIL, password=PASSWORD)
    return browser
