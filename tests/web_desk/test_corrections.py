"""A correction at the desk, as a publisher makes it: words, the rest, the browser, and the mail to who got it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from newsletter.app import App
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.issues import store
from newsletter.settings import TransportSettings
from newsletter.web.app import create_web
from subscribers.tokens import Purpose
from tests.smtp_server import SmtpServer, smtp_server
from tests.web_desk.conftest import DeskClient


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def web(app: App, server: SmtpServer) -> Flask:
    transport = TransportSettings(kind="smtp", host="127.0.0.1", port=server.port, security="none")
    return create_web(replace(app, settings=replace(app.settings, transport=transport)))


@pytest.fixture
def half_sent(app: App, issue_id: int, readers: Callable[[int], None]) -> int:
    """Six readers, of whom two got it; paused."""
    readers(6)
    now = app.clock.now()
    with app.database.writing() as rows:
        app.lock(rows, issue_id, actor="daemon")
        first = select(DeliveryRow.subscription_id).order_by(DeliveryRow.subscription_id).limit(2)
        got = list(rows.scalars(first))
        rows.execute(
            update(DeliveryRow)
            .where(DeliveryRow.subscription_id.in_(got))
            .values(state="accepted", settled_at=now, attempts=1)
        )
        store.pause(rows, issue_id, now, actor="ines")
    return issue_id


def test_an_editor_corrects_the_rest_the_page_and_tells_those_who_got_it(
    app: App, web: Flask, desk: DeskClient, half_sent: int, server: SmtpServer
) -> None:
    desk.get(f"/desk/issues/{half_sent}")
    assert desk.soup.find("a", string="Correct …")
    desk.get(f"/desk/issues/{half_sent}/correction")
    desk.press("Keep these words", subject="The bridge stays open")
    desk.follow()
    assert "The bridge stays open" in desk.words
    assert "The bridge stays open" in desk.get(f"/desk/issues/{half_sent}/correction/html").text
    desk.get(f"/desk/issues/{half_sent}/correction/sure?remainder=yes&on_web=yes&notice=It+is+open.")
    assert "4 letters still to be sent" in desk.words
    desk.press("Make the correction")
    desk.follow()
    assert "4 letters still to be sent will be the corrected one." in desk.words
    with app.database.reading() as rows:
        first = rows.scalars(select(LetterRow).where(LetterRow.version == 1)).one()
    link = app.tokens.sign(Purpose.VIEW, first.id, app.clock.now())
    seen = web.test_client().get(f"/view/{link}").text
    assert "Correction, Tuesday, 10 March 2026" in seen
    assert "It is open." in seen

    desk.get(f"/desk/issues/{half_sent}/correction")
    desk.press("Keep the mail", subject="About the bridge", body="It is **open**.", faulty="1")
    desk.follow()
    assert "2 readers would get it." in desk.words
    desk.press("Send the test")
    desk.follow()
    assert server.recipients == ["ines@ledger.example"]
    desk.get(f"/desk/issues/{half_sent}/correction/mail/sure")
    desk.press("Send the correction")
    desk.follow()
    assert "About the bridge" in desk.words
    assert "0 of 2 deliveries done" in desk.words


def test_what_cannot_be_corrected_is_told(app: App, desk: DeskClient, half_sent: int) -> None:
    desk.get(f"/desk/issues/{half_sent}/correction/sure?remainder=yes")
    with app.database.writing() as rows:
        store.resume(rows, half_sent, app.clock.now(), actor="ada")
    desk.press("Make the correction")
    desk.follow()
    assert "is sending; pause it first" in desk.words
    assert desk.get("/desk/issues/99/correction").status_code == 404


def test_a_draft_has_nothing_to_correct(desk: DeskClient, issue_id: int) -> None:
    assert desk.get(f"/desk/issues/{issue_id}/correction").status_code == 404
    assert desk.get(f"/desk/issues/{issue_id}/correction/html").status_code == 404
