"""Getting in by invitation and by mailed links, and what strangers learn from trying."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.editors import accounts, links
from newsletter.editors.roles import Role
from newsletter.editors.tables import DeskLink, LinkKind, LinkState
from newsletter.settings import TransportSettings
from newsletter.web.app import create_web
from subscribers.database import Database
from tests.web_desk.conftest import EMAIL, PASSWORD, DeskClient

MARA = "mara@ledger.example"


@pytest.fixture
def posted(app: App, tmp_path: Path) -> Callable[[], list[tuple[str, str]]]:
    """Send what is owed; return to whom each mail went, and the link in it."""
    folder = tmp_path / "post"
    posting = replace(app, settings=replace(app.settings, transport=TransportSettings("directory", path=folder)))

    def post() -> list[tuple[str, str]]:
        posting.send_desk_mails(stop=lambda: False)
        mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.rglob("*.eml")]
        bodies = [mail.get_body(("plain",)) for mail in mails]
        texts = [str(body.get_content()) for body in bodies if body]
        found = [re.search(r"https://\S+/desk/\S+", text) for text in texts]
        return [(str(mail["To"]), hit[0]) for mail, hit in zip(mails, found, strict=True) if hit]

    return post


@pytest.fixture
def invited(app: App) -> str:
    """The path of an invitation's link."""
    with app.database.writing() as rows:
        link = accounts.invite(
            rows, MARA, "Mara", app.clock.now(), role=Role.EDITOR, actor=EMAIL, lasts=timedelta(days=7)
        )
        return f"/desk/invitation/{links.written(app.tokens, link)}"


def test_from_an_invitation_by_mail_to_the_desk(
    desk: DeskClient, stranger: DeskClient, posted: Callable[[], list[tuple[str, str]]]
) -> None:
    desk.get("/desk/accounts")
    desk.press("Invite", email=MARA, name="Mara Lindt", role="publisher")
    assert "The invitation is on its way to mara@ledger.example." in (desk.follow(), desk.words)[1]
    ((to, link),) = posted()
    assert MARA in to
    stranger.get(link.removeprefix("https://news.ledger.example"))
    assert "invited to the desk of The Harbour Ledger as publisher" in stranger.words
    assert stranger.press("Open my account", password="Newsroom2026!").status_code == 422
    assert "among the first that are tried" in stranger.words
    stranger.press("Open my account", password="seven quiet boats")
    stranger.follow()
    assert "Welcome. This is the desk." in stranger.words
    assert stranger.get(link.removeprefix("https://news.ledger.example")).status_code == 410
    assert desk.get("/desk/accounts").text.count("Invited") == 0


def test_without_a_password_links_are_mailed(
    app: App, invited: str, stranger: DeskClient, posted: Callable[[], list[tuple[str, str]]]
) -> None:
    stranger.get(invited)
    stranger.press("Go on without a password", without="yes")
    stranger.follow()
    stranger.press("Sign out")
    stranger.follow()
    stranger.press("Mail me a link", email=MARA)
    stranger.follow()
    assert "If that address has an account here, a mail with a link is on its way." in stranger.words
    path = next(link for _, link in posted() if "sign-in" in link).removeprefix("https://news.ledger.example")
    assert "Sign in as mara@ledger.example" in (stranger.get(path), stranger.words)[1]
    assert stranger.get(path).status_code == 200  # looking, as mail scanners do, uses nothing up
    stranger.press("Sign in")
    assert stranger.follow().status_code == 200
    assert "by link" in (stranger.get("/desk/account"), stranger.words)[1]
    assert stranger.get(path).status_code == 410


def test_a_link_is_good_for_a_quarter_of_an_hour(app: App, desk: DeskClient, clock: SetClock) -> None:
    path = _link(app)
    clock.moment += timedelta(minutes=14, seconds=59)
    assert desk.get(path).status_code == 200
    clock.moment += timedelta(seconds=1)
    assert desk.get(path).status_code == 410
    assert desk.get(path[:-1]).status_code == 410


def test_links_of_one_kind_open_nothing_of_the_other(app: App, invited: str, stranger: DeskClient) -> None:
    token = invited.rpartition("/")[2]
    assert stranger.get(f"/desk/sign-in/link/{token}").status_code == 410


def test_a_new_invitation_makes_the_former_void(app: App, invited: str, stranger: DeskClient) -> None:
    with app.database.writing() as rows:
        accounts.invite(rows, MARA, "", app.clock.now(), role=Role.VIEWER, actor=EMAIL, lasts=timedelta(days=7))
    assert stranger.get(invited).status_code == 410


def test_disabling_makes_links_void(app: App, desk: DeskClient, invited: str, stranger: DeskClient) -> None:
    with app.database.writing() as rows:
        accounts.disable(rows, accounts.require(rows, MARA), app.clock.now(), actor=EMAIL)
    assert stranger.get(invited).status_code == 410


def test_of_two_who_use_a_link_at_once_one_wins(any_database: Database, app: App) -> None:
    app = replace(app, database=any_database)
    now, together = app.clock.now(), threading.Barrier(4)
    with any_database.writing() as rows:
        editor = accounts.add_editor(rows, EMAIL, "Ines", PASSWORD, now)
        token = links.written(app.tokens, links.owe(rows, LinkKind.SIGN_IN, editor, now, links.SIGN_IN_LASTS))

    def use(_: int) -> bool:
        together.wait()
        try:
            with any_database.writing() as rows:
                links.use(rows, app.tokens, LinkKind.SIGN_IN, token, now)
        except links.DeadLink:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]


def test_asking_tells_nothing_of_who_works_here(app: App, desk: DeskClient, web: Flask) -> None:
    """The same status, the same words, the same statements: so the same time."""
    told = []
    for email in (EMAIL, "nobody@ledger.example", "no address"):
        browser = DeskClient(web.test_client())
        browser.get("/desk/sign-in")
        with statements(app) as heard:
            answer = browser.press("Mail me a link", email=email)
        told.append((answer.status_code, answer.text, heard))
    assert told[0] == told[1] == told[2]
    assert len(told[0][2]) > 4
    with app.database.reading() as rows:
        states = rows.scalars(select(DeskLink.state).order_by(DeskLink.id)).all()
    assert states == [LinkState.OWED, LinkState.NOBODY, LinkState.NOBODY]


def test_a_wrong_password_tells_nothing_of_who_works_here(app: App, desk: DeskClient, web: Flask) -> None:
    told = []
    for email in (EMAIL, "nobody@ledger.example"):
        browser = DeskClient(web.test_client())
        browser.get("/desk/sign-in")
        with statements(app) as heard:
            answer = browser.press("Sign in", email=email, password="a guess at it")
        told.append((answer.status_code, browser.words, heard))
    assert told[0] == told[1]


def test_links_are_not_asked_for_without_end(desk: DeskClient, stranger: DeskClient) -> None:
    stranger.get("/desk/sign-in")
    token = _token(stranger)
    codes = [stranger.post("/desk/sign-in/link", email=EMAIL, csrf_token=token).status_code for _ in range(11)]
    assert codes == [303] * 10 + [429]


def test_guessing_is_slowed_over_a_restart_and_locks_nobody_out(
    app: App, web: Flask, desk: DeskClient, clock: SetClock
) -> None:
    guesser = _from(web, "203.0.113.9")
    assert [_guess(guesser) for _ in range(11)] == [403] * 10 + [429]
    assert _guess(_from(create_web(app), "203.0.113.9")) == 429  # another process, or the same one started anew
    assert _guess(_from(web, "203.0.113.77")) == 429  # the account, from elsewhere
    assert _guess(_from(web, "127.0.0.1"), PASSWORD) == 303  # its owner, from where she signed in before
    clock.moment += timedelta(minutes=15)
    assert _guess(guesser) == 403


def test_one_network_does_not_try_many_accounts(web: Flask) -> None:
    guesser = _from(web, "203.0.113.9")
    codes = [_guess(guesser, email=f"editor{number}@ledger.example") for number in range(61)]
    assert codes == [403] * 60 + [429]
    assert _guess(_from(web, "203.0.113.10")) == 403


def test_signing_in_again_and_again_is_no_guessing(web: Flask, desk: DeskClient) -> None:
    assert [_guess(_from(web, "203.0.113.9"), PASSWORD) for _ in range(12)] == [303] * 12


def test_mails_of_links_survive_a_line_that_is_down(app: App, desk: DeskClient, clock: SetClock) -> None:
    _link(app)
    nowhere = TransportSettings("smtp", host="127.0.0.1", port=1, security="none")
    replace(app, settings=replace(app.settings, transport=nowhere)).send_desk_mails(stop=lambda: False)
    with app.database.reading() as rows:
        link = rows.scalars(select(DeskLink)).one()
    assert (link.state, link.attempts) == (LinkState.OWED, 1)
    assert link.due_at > clock.now()


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """Hear what the database is asked meanwhile."""
    heard: list[str] = []

    def hear(*told: object) -> None:
        heard.append(str(told[2]))

    event.listen(app.database.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(app.database.engine, "before_cursor_execute", hear)


def _link(app: App) -> str:
    now = app.clock.now()
    with app.database.writing() as rows:
        link = links.owe(rows, LinkKind.SIGN_IN, accounts.find(rows, EMAIL), now, links.SIGN_IN_LASTS)
        return f"/desk/sign-in/link/{links.written(app.tokens, link)}"


def _from(web: Flask, network_address: str) -> DeskClient:
    client = web.test_client()
    client.environ_base["REMOTE_ADDR"] = network_address
    return DeskClient(client)


def _guess(browser: DeskClient, password: str = "a guess at it", email: str = EMAIL) -> int:
    browser.get("/desk/sign-in")
    return browser.press("Sign in", email=email, password=password).status_code


def _token(browser: DeskClient) -> str:
    return str(browser.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
