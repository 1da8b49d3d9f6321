"""Getting in, getting out, and being kept out."""

from __future__ import annotations

import pytest

from newsletter.app import App
from newsletter.editors import accounts, sessions
from newsletter.editors.accounts import set_password
from tests.web_desk.conftest import EMAIL, PASSWORD, SITE, DeskClient


def test_anonymous_is_led_through_sign_in_and_back(desk: DeskClient) -> None:
    desk.post("/desk/sign-out")
    desk.get("/desk/sources")
    desk.press("Sign out")
    desk.get("/desk/issues?page=2")
    desk.follow()
    page = desk.press("Sign in", email=EMAIL, password=PASSWORD)
    assert page.location == "/desk/issues?page=2"
    assert desk.follow().status_code == 200


def test_a_piece_of_a_page_is_no_place_to_sign_in(stranger: DeskClient) -> None:
    answer = stranger.http.get("/desk/", base_url=SITE, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "You are signed out." in answer.text
    assert "password" not in answer.text


def test_forms_of_a_lapsed_session_still_go_once_the_same_person_is_back(
    app: App, desk: DeskClient, issue_id: int
) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    page = desk.page
    with app.database.writing() as rows:
        accounts.add_editor(rows, "mara@ledger.example", "Mara", PASSWORD, app.clock.now())
        sessions.end_all(rows, 1, app.clock.now(), by="cli")
    for email, status in ((EMAIL, 303), ("mara@ledger.example", 400)):
        desk.get("/desk/sign-in")
        desk.press("Sign in", email=email, password=PASSWORD)
        desk.page = page
        assert desk.press("Rebuild").status_code == status, email
        with app.database.writing() as rows:
            sessions.end_all(rows, 1, app.clock.now(), by="cli")


def test_cookie_is_kept_from_scripts_and_other_sites(desk: DeskClient) -> None:
    cookie = desk.get("/desk/").headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Secure"):
        assert part in cookie


@pytest.mark.parametrize("email", [EMAIL, "nobody@ledger.example"])
def test_refusal_tells_nothing_of_who_exists(desk: DeskClient, email: str) -> None:
    desk.get("/desk/")
    desk.press("Sign out")
    desk.get("/desk/sign-in")
    page = desk.press("Sign in", email=email, password="not the password")
    assert page.status_code == 403
    assert "do not belong together" in desk.words


def test_sign_out_is_a_post(desk: DeskClient) -> None:
    assert desk.get("/desk/sign-out").status_code == 405
    desk.get("/desk/")
    desk.press("Sign out")
    assert desk.get("/desk/").status_code == 303


def test_new_password_ends_sessions(desk: DeskClient, app: App) -> None:
    assert desk.get("/desk/").status_code == 200
    with app.database.writing() as rows:
        set_password(rows, EMAIL, "another long password", app.clock.now())
    assert desk.get("/desk/").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/desk/",
        "//elsewhere.example/desk/",
        "/desk/\\elsewhere.example",
        "/desk//elsewhere.example",
        "/subscribe/evening",
        "javascript:alert(1)",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(desk: DeskClient, target: str) -> None:
    page = desk.http.get("/desk/sign-in", query_string={"next": target}, base_url=SITE)
    assert page.location == "/desk/"


def test_guessing_is_slowed_down(stranger: DeskClient) -> None:
    for _ in range(10):
        stranger.get("/desk/sign-in")
        assert stranger.press("Sign in", email=EMAIL, password="a guess at it").status_code == 403
    stranger.get("/desk/sign-in")
    assert stranger.press("Sign in", email=EMAIL, password="a guess at it").status_code == 429
    assert "wait a few minutes" in stranger.words
