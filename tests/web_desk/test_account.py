"""One's own account: sessions that end, a second factor, and being asked again before what is sensitive."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from pyotp import TOTP
from sqlalchemy import text

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.editors import accounts, second_factor
from newsletter.editors.second_factor import Authenticator
from newsletter.editors.tables import Editor
from newsletter.settings import DeskSettings
from newsletter.web.app import create_web
from newsletter.web.desk.browsers import in_words
from subscribers.database import Database
from tests.web_desk.conftest import EMAIL, PASSWORD, DeskClient, signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# RFC 6238 appendix B, SHA-1: seconds since 1970, and the last six of the eight digits there.
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


@pytest.fixture
def secret(desk: DeskClient, clock: SetClock) -> str:
    """The secret in an editor's app, set up at the desk; half a minute later."""
    desk.get("/desk/account/second-factor")
    found = "".join(desk.soup.select_one("code.secret").get_text().split())  # type: ignore[union-attr]
    desk.press("Turn it on", code=TOTP(found).at(clock.now()))
    assert "They are shown only now" in desk.words
    clock.moment += timedelta(seconds=30)
    return found


def sign_in(web: Flask, browser: str = FIREFOX) -> DeskClient:
    client = web.test_client()
    client.environ_base["HTTP_USER_AGENT"] = browser
    desk = DeskClient(client)
    desk.get("/desk/sign-in")
    desk.press("Sign in", email=EMAIL, password=PASSWORD)
    return desk


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(
    seconds: int, code: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890" in base32
    monkeypatch.setattr(Authenticator, "secret", lambda *_: seed)
    moment = clock.now().fromtimestamp(seconds, clock.now().tzinfo)
    step = seconds // 30
    assert Authenticator("product").step_of("salt", code, moment) == step
    assert Authenticator("product").step_of("salt", code, moment + timedelta(seconds=30)) == step
    assert Authenticator("product").step_of("salt", code, moment + timedelta(seconds=60)) is None


def test_sessions_are_listed_and_ended(web: Flask, desk: DeskClient) -> None:
    other = sign_in(web)
    desk.get("/desk/account")
    assert "Firefox on Linux from 127.0.0.1" in desk.words
    desk.press("End")
    assert "That session is ended." in (desk.follow(), desk.words)[1]
    assert other.get("/desk/").status_code == 303
    assert desk.get("/desk/").status_code == 200


def test_signing_out_everywhere_else(web: Flask, desk: DeskClient) -> None:
    others = [sign_in(web) for _ in range(3)]
    desk.get("/desk/account")
    desk.press("Sign out everywhere else")
    assert [other.get("/desk/").status_code for other in others] == [303] * 3
    assert "Nowhere but here." in (desk.get("/desk/account"), desk.words)[1]


def test_an_ended_sessions_cookie_is_worth_nothing(web: Flask, desk: DeskClient) -> None:
    cookie = desk.http.get_cookie("desk", domain="news.ledger.example")
    assert cookie is not None
    desk.get("/desk/")
    desk.press("Sign out")
    thief = web.test_client()
    thief.set_cookie("desk", cookie.value, domain="news.ledger.example")
    assert DeskClient(thief).get("/desk/").status_code == 303


def test_sessions_lapse_when_idle_and_in_any_case(app: App, clock: SetClock) -> None:
    strict = DeskSettings(session_idle=timedelta(hours=1), session_lasts=timedelta(hours=3))
    app = replace(app, settings=replace(app.settings, desk=strict))
    desk = signed_in(app, create_web(app))
    for minutes, status in (
        (59, 200),
        (59, 200),
        (59, 200),
        (4, 303),
    ):  # used all the time, and over after three hours
        clock.moment += timedelta(minutes=minutes)
        assert desk.get("/desk/").status_code == status
    idle = sign_in(create_web(app))
    clock.moment += timedelta(hours=1)
    assert idle.get("/desk/").status_code == 303


def test_a_new_password_signs_out_everywhere_else(web: Flask, desk: DeskClient) -> None:
    other = sign_in(web)
    desk.get("/desk/account")
    assert desk.press("Set the password", password="too short").status_code == 422
    assert "at least 10 characters" in desk.words
    desk.press("Set the password", password="seven quiet boats")
    assert desk.follow().status_code == 200
    assert other.get("/desk/").status_code == 303


def test_a_code_is_asked_for_and_good_once(web: Flask, secret: str, clock: SetClock) -> None:
    code = TOTP(secret).at(clock.now())
    first, second = sign_in(web), sign_in(web)
    assert first.follow().status_code == 200
    assert first.get("/desk/").status_code == 303, "the password alone opens nothing"
    first.get("/desk/sign-in/code")
    assert first.press("Sign in", code="000000").status_code == 403
    assert first.press("Sign in", code=f"{code[:3]} {code[3:]}").location == "/desk/"
    second.get("/desk/sign-in/code")
    assert second.press("Sign in", code=code).status_code == 403
    assert "was used already" in second.words


def test_the_code_that_set_it_up_is_used_too(web: Flask, secret: str, clock: SetClock) -> None:
    browser = sign_in(web)
    browser.follow()
    assert browser.press("Sign in", code=TOTP(secret).at(clock.now() - timedelta(seconds=30))).status_code == 403


def test_a_recovery_code_stands_in_once(web: Flask, desk: DeskClient, secret: str) -> None:
    codes = [code.get_text() for code in desk.soup.select(".codes code")]
    assert len(set(codes)) == 10
    for tries, status in (codes[0].upper().replace("-", " "), 303), (codes[0], 403):
        browser = sign_in(web)
        browser.follow()
        assert browser.press("Sign in", code=tries).status_code == status
    assert "9 of your recovery codes are left" in (desk.get("/desk/account"), desk.words)[1]
    desk.press("Make new recovery codes")
    browser = sign_in(web)
    browser.follow()
    assert browser.press("Sign in", code=codes[1]).status_code == 403


def test_codes_are_not_guessed_without_end(web: Flask, secret: str, clock: SetClock) -> None:
    browser = sign_in(web)
    browser.follow()
    answers = [browser.press("Sign in", code=f"{number:06}").status_code for number in range(11)]
    assert answers == [403] * 10 + [429]
    assert browser.press("Sign in", code=TOTP(secret).at(clock.now())).status_code == 429


def test_the_code_is_waited_for_ten_minutes(web: Flask, secret: str, clock: SetClock) -> None:
    browser = sign_in(web)
    browser.follow()
    clock.moment += timedelta(minutes=10, seconds=1)
    assert browser.press("Sign in", code=TOTP(secret).at(clock.now())).location == "/desk/sign-in"


def test_nothing_in_the_database_makes_codes(app: App, secret: str, desk: DeskClient) -> None:
    with app.database.reading() as rows:
        tables = [rows.execute(text(f"SELECT * FROM {name}")).all() for name in ("editors", "recovery_codes")]
        dump = str(tables)
    assert secret not in dump
    assert not any(code.get_text() in dump for code in desk.soup.select(".codes code"))


def test_of_two_who_use_a_code_at_once_one_wins(any_database: Database, app: App) -> None:
    now, makes, together = app.clock.now(), Authenticator("product"), threading.Barrier(4)
    with any_database.writing() as rows:
        editor = accounts.add_editor(rows, EMAIL, "Ines", PASSWORD, now)
        second_factor.turn_on(rows, editor, "salt", 1)
        number = editor.id
    code = TOTP(makes.secret("salt")).at(now)

    def use(_: int) -> bool:
        together.wait()
        with any_database.writing() as rows:
            return second_factor.accept(rows, makes, rows.get_one(Editor, number), code, now)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]


def test_where_all_must_have_one_nobody_works_without(app: App, clock: SetClock) -> None:
    strict = replace(app.settings.desk, require_totp=True)
    app = replace(app, settings=replace(app.settings, desk=strict))
    desk = signed_in(app, create_web(app))
    for path in ("/desk/", "/desk/accounts", "/desk/log"):
        assert desk.get(path).location == "/desk/account/second-factor"
    assert desk.post("/desk/account/sessions/end").status_code == 400
    desk.get("/desk/account/second-factor")
    found = "".join(desk.soup.select_one("code.secret").get_text().split())  # type: ignore[union-attr]
    assert desk.press("Turn it on", code="123456").status_code == 422
    desk.press("Turn it on", code=TOTP(found).at(clock.now()))
    assert desk.get("/desk/").status_code == 200
    assert "Turn it off" not in (desk.get("/desk/account"), desk.words)[1]


def test_where_all_must_have_one_an_old_session_gets_there(app: App, clock: SetClock) -> None:
    strict = replace(app.settings.desk, require_totp=True)
    app = replace(app, settings=replace(app.settings, desk=strict))
    desk = signed_in(app, create_web(app))
    clock.moment += timedelta(hours=2)
    desk.get("/desk/")
    desk.follow()
    desk.follow()
    desk.press("Go on", password=PASSWORD)
    assert desk.page is not None
    assert desk.page.location == "/desk/account/second-factor"
    assert "Scan this with an authenticator app" in (desk.follow(), desk.words)[1]


def test_what_is_sensitive_asks_again(app: App, desk: DeskClient, clock: SetClock) -> None:
    desk.get("/desk/keys")
    clock.moment += timedelta(hours=1)
    desk.http.environ_base["HTTP_REFERER"] = "https://news.ledger.example/desk/keys"
    assert desk.press("Make a key", name="Shop", scopes="readers:read").location.startswith("/desk/account/again")
    desk.follow()
    assert "Nothing was done yet." in desk.words
    assert desk.press("Go on", password="not the password").status_code == 403
    assert desk.press("Go on", password=PASSWORD).location == "/desk/keys"
    desk.follow()
    assert desk.press("Make a key", name="Shop", scopes="readers:read").status_code == 200


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("", "A browser"),
    ],
)
def test_browsers_in_words(claimed: str, words: str) -> None:
    assert in_words(claimed) == words
