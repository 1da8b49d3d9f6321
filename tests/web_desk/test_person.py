"""What an editor does for one reader, told in the reader's history with the editor's name."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import App
from newsletter.editors.roles import Role
from newsletter.editors.tables import LogEntry
from subscribers.evidence import Evidence
from subscribers.models import Notice, Subscription, SuppressionReason
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.suppression import is_suppressed, suppress
from tests.web_desk.conftest import EMAIL, DeskClient
from tests.web_desk.routes import browser_of


@pytest.fixture
def ada(app: App) -> int:
    """A reader who has not confirmed yet. The number of her, and of her subscription."""
    with app.database.writing() as rows:
        wish = SignUp("ada@home.example", "evening", name="Ada")
        row = sign_up(rows, app.tokens, wish, Evidence("form"), app.clock.now(), mails_per_day=3)
        for notice in rows.scalars(select(Notice)):
            notice.state = "accepted"
        return row.id


def _confirm(app: App, subscription: int) -> None:
    with app.database.writing() as rows:
        confirm(rows, subscription, Evidence("link"), app.clock.now())


def _row(app: App, subscription: int) -> Subscription:
    with app.database.reading() as rows:
        return rows.get_one(Subscription, subscription)


def _is_barred(app: App, email: str = "ada@home.example") -> bool:
    with app.database.reading() as rows:
        return is_suppressed(rows, app.tokens, email)


def test_a_confirmation_mail_is_sent_again_until_it_is_enough(app: App, ada: int, desk: DeskClient) -> None:
    desk.get(f"/desk/readers/{ada}")
    desk.press("Send the confirmation again")
    desk.follow()
    assert "leaves within a minute" in desk.words
    assert f"confirmation resent (desk, {EMAIL} )" in desk.words
    desk.press("Send the confirmation again")
    desk.follow()
    assert "on its way already" in desk.words


def test_sections_and_how_often_are_changed_for_the_reader(app: App, ada: int, desk: DeskClient) -> None:
    _confirm(app, ada)
    desk.get(f"/desk/readers/{ada}")
    desk.press("Keep it", sections="city", frequency="weekly")
    desk.follow()
    assert f"preferences changed (desk, {EMAIL} )" in desk.words
    row = _row(app, ada)
    assert (row.sections, row.frequency) == ("city", "weekly")
    desk.press("Keep it", frequency="hourly")
    assert desk.page is not None
    assert desk.page.status_code == 400


def test_a_reader_leaves_by_telephone_and_no_editor_brings_them_back(app: App, ada: int, desk: DeskClient) -> None:
    _confirm(app, ada)
    form = desk.get(f"/desk/readers/{ada}").text
    desk.press("Unsubscribe this reader", reason="moved away")
    desk.follow()
    assert "unsubscribed on 10 March 2026" in desk.words
    assert "with the reason “moved away”" in desk.words
    assert "Change what is sent" in form
    assert "Change what is sent" not in desk.words


def test_an_address_is_barred_with_its_reason_and_lifted(app: App, ada: int, desk: DeskClient) -> None:
    _confirm(app, ada)
    desk.get(f"/desk/readers/{ada}")
    desk.press("Bar it", note="a lawyer’s letter")
    desk.follow()
    assert _is_barred(app)
    assert "note: a lawyer’s letter" in desk.words
    desk.get("/desk/readers")
    assert [cell.get_text() for cell in desk.soup.select("tbody td")] == ["0", "1", "0", "0"]  # mailed, active, …
    desk.get(f"/desk/readers/{ada}")
    assert "Active subscriptions are sent issues again" in desk.words
    desk.press("Lift the bar")
    desk.follow()
    assert not _is_barred(app)
    assert f"suppression lifted (desk, {EMAIL} )" in desk.words


def test_an_address_that_nobody_has_is_barred_and_lifted_too(app: App, desk: DeskClient) -> None:
    desk.get("/desk/readers?q=who@home.example")
    desk.press("Bar it", note="asked by post")
    desk.follow()
    assert _is_barred(app, "who@home.example")
    desk.press("Lift the bar")
    desk.follow()
    assert not _is_barred(app, "who@home.example")
    with app.database.reading() as rows:
        told = [(each.actor, each.deed) for each in rows.query(LogEntry).filter_by(about="reader")]
    assert told == [(EMAIL, "barred an address"), (EMAIL, "lifted what barred an address")]


def test_lifting_says_what_it_does(app: App, ada: int, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        suppress(rows, app.tokens, "ada@home.example", SuppressionReason.COMPLAINED, app.clock.now())
    desk.get(f"/desk/readers/{ada}")
    assert "Lifting lets them sign up again; it subscribes them to nothing." in desk.words


def test_a_reader_is_erased(app: App, ada: int, desk: DeskClient) -> None:
    desk.get(f"/desk/readers/{ada}")
    desk.press("Erase this reader")
    desk.follow()
    assert "ada@home.example" not in desk.words
    assert _is_barred(app)


def test_whoever_may_not_is_not_offered_it(app: App, web: Flask, ada: int) -> None:
    _confirm(app, ada)
    offered = {role: browser_of(app, web, role).get(f"/desk/readers/{ada}").text for role in Role}
    for words, least in (("Unsubscribe", Role.EDITOR), ("Bar it", Role.PUBLISHER), ("Erase", Role.PUBLISHER)):
        assert [role for role in Role if words in offered[role]] == [r for r in Role if r.includes(least)]


@pytest.mark.parametrize("path", ["subscriptions/99/resend", "subscriptions/99/unsubscribe", "readers/99/erase"])
def test_nobody_there(desk: DeskClient, ada: int, path: str) -> None:
    desk.get(f"/desk/readers/{ada}")
    token = str(desk.soup.select("input[name=csrf_token]")[0]["value"])
    assert desk.post(f"/desk/{path}", csrf_token=token).status_code == 404
