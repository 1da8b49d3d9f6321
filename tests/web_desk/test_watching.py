"""Watching an issue go out: the stream as a real client reads it, and a page that moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select, update

from newsletter.app import App
from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.issues import store
from newsletter.web.desk.watching import stream
from tests.browser.chromium import chromium
from tests.web_desk.conftest import EMAIL, PASSWORD, SITE, DeskClient
from tests.web_desk.serving import serving

Change = Callable[..., None]


@pytest.fixture
def sending(app: App, issue_id: int, readers: Callable[[int], None]) -> int:
    readers(4)
    with app.database.writing() as rows:
        app.lock(rows, issue_id, actor="daemon")
    return issue_id


@pytest.fixture
def settle(app: App, sending: int) -> Callable[[int], None]:
    """Let so many more be accepted; the last finishes the issue."""

    def accept(number: int) -> None:
        with app.database.writing() as rows:
            owed = select(DeliveryRow.subscription_id).where(DeliveryRow.state == "owed").limit(number)
            chosen = DeliveryRow.subscription_id.in_(list(rows.scalars(owed)))
            rows.execute(update(DeliveryRow).where(chosen).values(state="accepted", settled_at=app.clock.now()))
            if not rows.scalars(owed.limit(1)).all():
                store.finish(rows, store.get(rows, sending), app.clock.now())

    return accept


def test_a_client_is_told_everything_until_the_end(
    app: App, desk: DeskClient, sending: int, settle: Callable[[int], None]
) -> None:
    """Over a socket, line by line: each event has the whole state."""
    cookie = "; ".join(f"{each.key}={each.value}" for each in (desk.http._cookies or {}).values())
    with serving(app) as address:
        line = HTTPConnection(urlsplit(address).netloc, timeout=20)
        line.request("GET", f"/desk/issues/{sending}/progress", headers={"Cookie": cookie})
        answer = line.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
        assert answer.readline() == b"retry: 2000\n"
        until_read(answer, b"0 of 4 deliveries done")
        settle(3)
        until_read(answer, b"3 of 4 deliveries done")
        settle(1)
        until_read(answer, b"event: end")
        assert answer.read().strip() == b"data:"
        line.close()


def until_read(answer: object, words: bytes) -> None:
    lines = iter(answer.readline, b"")  # type: ignore[attr-defined]
    assert any(words in line for line in lines), words


def test_whoever_comes_back_is_told_nothing_twice(desk: DeskClient, sending: int) -> None:
    first = desk.http.get(f"/desk/issues/{sending}/progress", base_url=SITE, buffered=True).text
    [key] = [line.removeprefix("id: ") for line in first.splitlines() if line.startswith("id: ")][:1]
    assert first.count(": still there") >= 3
    headers = {"Last-Event-ID": key}
    again = desk.http.get(f"/desk/issues/{sending}/progress", base_url=SITE, headers=headers).text
    assert key not in again


def test_streams_are_few_and_their_places_are_given_back(web: Flask, desk: DeskClient, sending: int) -> None:
    address = f"/desk/issues/{sending}/progress"
    open_ones = [desk.http.get(address, base_url=SITE) for _ in range(stream.MOST_STREAMS)]
    assert desk.http.get(address, base_url=SITE).status_code == 503
    for each in open_ones:
        each.close()
    with desk.http.get(address, base_url=SITE) as answer:
        assert answer.status_code == 200


@pytest.mark.browser
def test_the_page_moves_by_itself(app: App, desk: DeskClient, sending: int, settle: Callable[[int], None]) -> None:
    assert desk.page is not None  # there is an account
    with serving(app) as address, chromium() as browser:
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text) if "policy" in message.text.lower() else None)
        page.goto(f"{address}/desk/sign-in?next=/desk/issues/{sending}")
        page.get_by_label("Address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("0 of 4 deliveries done")).to_be_visible()
        settle(2)
        expect(page.get_by_text("2 of 4 deliveries done")).to_be_visible()
        settle(2)
        expect(page.get_by_role("heading", name="Result")).to_be_visible()
        assert told == []
        browser.close()
