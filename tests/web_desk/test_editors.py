"""What administrators do to accounts, and the log in which all of it stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.editors import accounts, forgetting
from newsletter.editors.log import About, note
from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor
from newsletter.settings import DeskSettings
from newsletter.web.desk.log import Question, lines
from subscribers.database import Database
from tests.web_desk.conftest import EMAIL, PASSWORD, DeskClient
from tests.web_desk.routes import browser_of

MARA = "editor@ledger.example"


@pytest.fixture
def mara(app: App, web: Flask, desk: DeskClient) -> DeskClient:
    """The browser of an editor, who has the account of number 2."""
    return browser_of(app, web, Role.EDITOR)


def test_a_role_holds_from_the_next_click_on(desk: DeskClient, mara: DeskClient) -> None:
    assert mara.get("/desk/accounts").status_code == 403
    desk.get("/desk/accounts/2")
    desk.press("Change the role", role="administrator")
    assert mara.get("/desk/accounts").status_code == 200
    assert "editor → administrator" in (desk.get("/desk/log"), desk.words)[1]


def test_disabling_ends_sessions_at_once(desk: DeskClient, mara: DeskClient) -> None:
    desk.get("/desk/accounts/2")
    desk.press("Disable the account")
    assert "The account is disabled" in (desk.follow(), desk.words)[1]
    assert mara.get("/desk/").status_code == 303
    mara.follow()
    assert mara.press("Sign in", email=MARA, password=PASSWORD).status_code == 403
    assert "do not belong together" in mara.words
    desk.press("Enable the account")
    assert mara.press("Sign in", email=MARA, password=PASSWORD).status_code == 303


def test_sessions_of_others_are_ended_one_or_all(app: App, web: Flask, desk: DeskClient, mara: DeskClient) -> None:
    desk.get("/desk/accounts/2")
    desk.press("End")
    assert mara.get("/desk/").status_code == 303
    mara.get("/desk/sign-in")
    mara.press("Sign in", email=MARA, password=PASSWORD)
    desk.get("/desk/accounts/2")
    desk.press("End all")
    assert mara.get("/desk/").status_code == 303


def test_the_last_administrator_stays(desk: DeskClient) -> None:
    desk.get("/desk/accounts/1")
    desk.press("Disable the account")
    assert "ines@ledger.example is the last administrator" in (desk.follow(), desk.words)[1]
    desk.press("Change the role", role="viewer")
    assert "make somebody else one first" in (desk.follow(), desk.words)[1]


def test_two_administrators_cannot_disable_each_other_at_once(any_database: Database, clock: SetClock) -> None:
    together = threading.Barrier(2)
    with any_database.writing() as rows:
        for name in ("ines", "mara"):
            accounts.add_editor(rows, f"{name}@ledger.example", name, PASSWORD, clock.now())

    def disable(number: int) -> bool:
        together.wait()
        try:
            with any_database.writing() as rows:
                accounts.disable(rows, rows.get_one(Editor, number), clock.now(), actor="cli")
        except accounts.LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(disable, (1, 2))) == [False, True]


def test_an_invitation_is_refused_in_a_sentence(desk: DeskClient) -> None:
    desk.get("/desk/accounts")
    assert desk.press("Invite", email=EMAIL, role="viewer").status_code == 422
    assert "already has an account at the desk" in desk.words
    assert desk.press("Invite", email="mara", role="viewer").status_code == 422
    desk.get("/desk/accounts")
    assert desk.press("Invite", email="mara@ledger.example", role="king").status_code == 400


def test_a_lost_second_factor_is_taken_off(app: App, desk: DeskClient, mara: DeskClient) -> None:
    with app.database.writing() as rows:
        rows.get_one(Editor, 2).totp_salt = "salt"
    desk.get("/desk/accounts/2")
    desk.press("Take the second factor off")
    mara.get("/desk/sign-in")
    assert mara.press("Sign in", email=MARA, password=PASSWORD).location == "/desk/"


def test_the_log_reads_all_books_together(
    app: App, desk: DeskClient, issue_id: int, readers: Callable[[int], None], clock: SetClock
) -> None:
    readers(1)
    clock.moment += timedelta(minutes=5)
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Hold", reason="The mayor has not answered")
    desk.get("/desk/keys")
    desk.press("Make a key", name="Shop", scopes="readers:read")
    with app.database.reading() as rows:
        found = lines(rows, Question(), app.settings.site.time_zone)
    told = [(line.actor, line.deed, line.about) for line in found]
    assert (EMAIL, "held", "issue") in told
    assert (EMAIL, "made", "key") in told
    assert ("daemon", "assembled", "issue") in told
    assert [line.at for line in found] == sorted((line.at for line in found), reverse=True)
    desk.get(f"/desk/log?actor={EMAIL}&issue={issue_id}&day=2026-03-10")
    assert [row.find_all("td")[1].get_text() for row in desk.soup.select("tbody tr")] == ["held"]
    assert "Nothing was done that fits." in (desk.get("/desk/log?day=2026-03-09"), desk.words)[1]
    assert desk.get("/desk/log?day=yesterday").status_code == 400


def test_a_day_is_the_newsrooms(any_database: Database, app: App, clock: SetClock) -> None:
    zone = app.settings.site.time_zone  # an hour before UTC's midnight it is the next day there
    with any_database.writing() as rows:
        note(rows, clock.now().replace(hour=23, minute=30), "cli", "made", About.KEY)
    with any_database.reading() as rows:
        today, tomorrow = clock.now().date(), clock.now().date() + timedelta(days=1)
        assert lines(rows, Question(day=today), zone) == []
        assert len(lines(rows, Question(day=tomorrow, actor="cli"), zone)) == 1


def test_older_lines_are_a_page_further(app: App, desk: DeskClient, clock: SetClock) -> None:
    with app.database.writing() as rows:
        for number in range(150):
            note(rows, clock.now() - timedelta(minutes=number), "cli", f"deed {number}", About.KEY)
    desk.get("/desk/log")
    seen = [row.find_all("td")[1].get_text() for row in desk.soup.select("tbody tr")]
    desk.get(str(desk.soup.find("a", string="Older")["href"]))  # type: ignore[index]
    seen += [row.find_all("td")[1].get_text() for row in desk.soup.select("tbody tr")]
    assert [deed for deed in seen if deed.startswith("deed")] == [f"deed {number}" for number in range(150)]


def test_no_entry_is_changed_and_old_ones_are_dropped(any_database: Database, clock: SetClock) -> None:
    with any_database.writing() as rows:
        note(rows, clock.now() - timedelta(days=91), "cli", "made", About.KEY, subject="old")
        note(rows, clock.now() - timedelta(days=89), "cli", "made", About.KEY, subject="young")
    with pytest.raises(IntegrityError, match="never changed"), any_database.writing() as rows:
        rows.execute(text("UPDATE desk_log SET actor = 'somebody else'"))
    forgetting.forget(any_database, replace(DeskSettings(), keep_log=timedelta(days=90)), clock.now())
    with any_database.reading() as rows:
        assert rows.execute(text("SELECT subject FROM desk_log")).scalars().all() == ["young"]
