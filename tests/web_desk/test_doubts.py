"""The issue's page when not all went well: doubts to decide on, and what mail servers refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.delivery.ledger.tidying import tidy
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import DeliverySettings, InDoubt
from newsletter.web.app import create_web
from tests.letters import small_letter
from tests.web_desk.conftest import EMAIL, DeskClient

Write = Callable[[int], None]


@pytest.fixture
def web(app: App) -> Flask:
    """The desk under the policy to ask."""
    asking = replace(app.settings, delivery=DeliverySettings(in_doubt=InDoubt.ASK))
    return create_web(replace(app, settings=asking))


@pytest.fixture
def sent(app: App, issue_id: int, readers: Write, clock: SetClock) -> int:
    """The issue, sent: two in doubt, two refused alike, one put off by words that hold markup, one accepted."""
    readers(6)
    now = clock.now()
    with app.database.writing() as rows:
        issue = rows.get_one(IssueRow, issue_id)
        issue.state, issue.locked_at, issue.begun_at, issue.finished_at = IssueState.SENT, now, now, now
        letter = LetterRow(issue_id=issue_id, variant="en:all", body=small_letter().to_bytes(), frozen_at=now)
        rows.add(letter)
        rows.flush()
        for number, (state, reply) in enumerate(
            (
                ("in_doubt", "the line was cut"),
                ("in_doubt", "the line was cut"),
                ("rejected", "550 5.1.1 <reader2@home.example> unknown"),
                ("rejected", "550 5.1.1 <reader3@home.example> unknown"),
                ("deferred", "452 <b>full</b>"),
                ("accepted", "250 ok"),
            ),
            1,
        ):
            row = DeliveryRow(
                issue_id=issue_id, subscription_id=number, letter_id=letter.id, state=state, due_at=now
            )
            row.reply, row.settled_at, row.doubts = reply, now, int(state == "in_doubt")
            rows.add(row)
    return issue_id


def _states(app: App, issue_id: int) -> list[str]:
    with app.database.reading() as rows:
        wanted = select(DeliveryRow.state).where(DeliveryRow.issue_id == issue_id)
        return list(rows.scalars(wanted.order_by(DeliveryRow.subscription_id)))


def test_doubts_are_shown_with_who_when_and_the_words(desk: DeskClient, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    assert "2 deliveries in doubt" in desk.words
    [first, _] = desk.soup.select(".cases li")
    assert first.get_text(" ", strip=True).startswith(
        "reader0@home.example since today 17:00 CET the line was cut"
    )


def test_refusals_are_grouped_by_the_servers_words(desk: DeskClient, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    lines = [row.get_text(" ", strip=True) for row in desk.soup.select(".refusals tbody tr")]
    assert lines == [
        "2 for good 550 5.1.1 (address) unknown such as: 550 5.1.1 <reader2@home.example> unknown",
        "1 for now 452 <b>full</b>",
    ]


def test_all_are_sent_again(desk: DeskClient, app: App, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    desk.press("Send all again")
    desk.follow()
    assert "2 letters will be sent again. That waits for the daemon, which is not running." in desk.words
    assert _states(app, sent)[:2] == ["owed", "owed"]
    assert "in doubt The letter left" not in desk.words
    assert f"sent again by {EMAIL} 2 deliveries in doubt" in desk.words


def test_one_is_left_and_the_other_sent_again(desk: DeskClient, app: App, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    desk.press("Leave")
    desk.follow()
    assert "1 letter will be left in doubt." in desk.words
    assert "1 delivery in doubt" in desk.words
    desk.press("Send it again")
    desk.follow()
    assert _states(app, sent)[:2] == ["in_doubt", "owed"]
    assert desk.soup.select_one("#doubts") is None


def test_a_second_press_on_an_old_page_sends_nothing_twice(
    desk: DeskClient, app: App, sent: int, clock: SetClock
) -> None:
    desk.get(f"/desk/issues/{sent}")
    old = desk.page
    desk.press("Send all again")
    clock.moment += timedelta(minutes=5)
    with app.database.writing() as rows:  # sent again, and in doubt again
        rows.execute(
            update(DeliveryRow)
            .where(DeliveryRow.subscription_id <= 2)
            .values(state="in_doubt", doubts=2, settled_at=clock.now())
        )
    desk.page = old
    desk.press("Send all again")
    desk.follow()
    assert "Nothing was done: somebody decided on it already" in desk.words
    assert _states(app, sent)[:2] == ["in_doubt", "in_doubt"]
    assert "2 times by now" in desk.words


def test_of_a_cancelled_issue_nothing_can_be_sent_again(desk: DeskClient, app: App, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    with app.database.writing() as rows:
        rows.get_one(IssueRow, sent).state = IssueState.CANCELLED
    desk.press("Send all again")
    desk.follow()
    assert "is cancelled; nothing of it is sent again." in desk.words
    assert desk.soup.find("button", string="Send all again") is None
    desk.press("Leave all")
    desk.follow()
    assert "2 letters will be left in doubt." in desk.words


def test_a_decision_needs_the_form_of_the_page(desk: DeskClient, app: App, sent: int) -> None:
    desk.get(f"/desk/issues/{sent}")
    token = str(desk.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    moment = app.clock.now().isoformat()
    here = f"/desk/issues/{sent}/doubts"
    assert desk.post(f"{here}/resend", seen_at=moment).status_code == 400
    assert desk.post(f"{here}/resend", csrf_token=token).status_code == 400
    assert desk.post(f"{here}/resend", csrf_token=token, seen_at=moment, subscription="ada").status_code == 400
    assert desk.post(f"{here}/forget", csrf_token=token, seen_at=moment).status_code == 404
    assert desk.post("/desk/issues/77/doubts/leave", csrf_token=token, seen_at=moment).status_code == 404
    assert desk.get(f"{here}/resend").status_code == 405
    assert _states(app, sent)[:2] == ["in_doubt", "in_doubt"]


def test_a_stranger_decides_nothing(stranger: DeskClient, app: App, sent: int) -> None:
    assert stranger.post(f"/desk/issues/{sent}/doubts/leave").status_code in {302, 303, 400}
    assert _states(app, sent)[:2] == ["in_doubt", "in_doubt"]


def test_the_sums_stay_when_details_are_dropped(desk: DeskClient, app: App, sent: int, clock: SetClock) -> None:
    with app.database.writing() as rows:
        rows.execute(update(DeliveryRow).where(DeliveryRow.state == "deferred").values(state="rejected"))
    tidy(app.database, clock.now() + timedelta(days=40), timedelta(days=30))
    desk.get(f"/desk/issues/{sent}")
    assert "Accepted 1 Owed 0 Deferred 0 Rejected 3 In doubt 2 Withdrawn 0" in desk.words
