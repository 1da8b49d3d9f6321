"""The page of one issue: what an editor can do to it, and what happens when two do it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.app import App
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueHistory, IssueRow
from tests.web_desk.conftest import EMAIL, DeskClient

Write = Callable[[int], None]


def _row(app: App, issue_id: int) -> IssueRow:
    with app.database.reading() as rows:
        return rows.get_one(IssueRow, issue_id)


def test_hold_with_a_reason_and_release(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Hold", reason="Waiting for the mayor")
    desk.follow()
    assert _row(app, issue_id).state == IssueState.HELD
    assert f"by {EMAIL} Waiting for the mayor" in desk.words
    desk.press("Release")
    desk.follow()
    assert _row(app, issue_id).state == IssueState.APPROVED
    assert desk.soup.find("button", string="Release") is None


def test_send_now_asks_first(desk: DeskClient, app: App, issue_id: int, readers: Write) -> None:
    readers(3)
    desk.get(f"/desk/issues/{issue_id}/send-now")
    assert "Send it now to 3 readers?" in desk.words
    assert _row(app, issue_id).state == IssueState.DRAFT
    desk.press("Send now")
    desk.follow()
    assert "Released, and due at once. It waits for the daemon, which is not running." in desk.words
    assert _row(app, issue_id).send_at == app.clock.now()


def test_send_now_with_a_daemon(desk: DeskClient, issue_id: int, heartbeat: Callable[[], None]) -> None:
    heartbeat()
    desk.get(f"/desk/issues/{issue_id}/send-now")
    assert "Nobody would get it" in desk.words
    desk.press("Send now")
    desk.follow()
    assert "Released, and due at once. The daemon will begin within seconds." in desk.words
    assert desk.soup.select_one("meta[http-equiv=refresh]")


def test_cancel_asks_first(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}/cancel")
    desk.press("Cancel the issue", reason="Election night")
    desk.follow()
    assert _row(app, issue_id).state == IssueState.CANCELLED
    assert "Election night" in desk.words
    assert not desk.soup.select(".deeds button, .deeds a")


def test_rebuild(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Rebuild")
    desk.follow()
    with app.database.reading() as rows:
        events = [entry.event for entry in rows.query(IssueHistory)]
    assert "rebuilt" in events


def test_acting_on_an_outdated_view_does_nothing(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    with app.database.writing() as rows:
        store.hold(rows, issue_id, app.clock.now(), actor="piet@ledger.example", reason="Facts are being checked")
    answer = desk.press("Hold", reason="Mine")
    assert answer.status_code == 409
    assert "held by piet@ledger.example Facts are being checked" in desk.words
    assert _row(app, issue_id).reason == "Facts are being checked"


def test_what_the_state_does_not_allow_is_told(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    fields = {str(each["name"]): str(each["value"]) for each in desk.soup.select("[type=hidden][name]")}
    answer = desk.post(f"/desk/issues/{issue_id}/resume", **fields)
    assert answer.status_code == 409
    assert "Nothing was done" in desk.words
    assert desk.get(f"/desk/issues/{issue_id}/paint").status_code == 404


def test_confirmation_that_came_too_late(desk: DeskClient, app: App, issue_id: int) -> None:
    with app.database.writing() as rows:
        store.cancel(rows, issue_id, app.clock.now(), actor="piet@ledger.example")
    assert desk.get(f"/desk/issues/{issue_id}/send-now").status_code == 409
    assert "means nothing for an issue that is cancelled" in desk.words


def test_form_without_version(desk: DeskClient, issue_id: int) -> None:
    desk.get("/desk/")
    token = str(desk.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    assert desk.post(f"/desk/issues/{issue_id}/hold", csrf_token=token).status_code == 400


def test_stories_with_what_is_missing(desk: DeskClient, app: App, issue_id: int) -> None:
    with app.database.writing() as rows:
        story = rows.get_one(IssueRow, issue_id).stories[0]
        from newsletter.articles.tables import ArticleRow

        rows.get_one(ArticleRow, story.article_id).image = {"url": "https://ledger.example/a.jpg"}
    desk.get(f"/desk/issues/{issue_id}")
    first = desk.soup.select(".story")[0].get_text(" ", strip=True)
    assert first.startswith("Story number")
    assert "has no description (alt). Note The picture of “Story number 0 of the day” has no credit." in first
    assert "Checks 1 warning" in desk.words


@pytest.fixture
def sending(app: App, issue_id: int, readers: Write) -> int:
    """The issue in the middle of being sent to four readers."""
    readers(4)
    now = app.clock.now()
    with app.database.writing() as rows:
        issue = rows.get_one(IssueRow, issue_id)
        issue.state, issue.locked_at, issue.begun_at = IssueState.SENDING, now, now
        letter = LetterRow(issue_id=issue_id, variant="en:all", body=b"", frozen_at=now)
        rows.add(letter)
        rows.flush()
        for number, state in enumerate(("accepted", "accepted", "deferred", "rejected"), 1):
            row = DeliveryRow(
                issue_id=issue_id, subscription_id=number, letter_id=letter.id, state=state, due_at=now
            )
            rows.add(row)
    return issue_id


def test_progress_while_it_is_sent(desk: DeskClient, sending: int) -> None:
    desk.get(f"/desk/issues/{sending}")
    bar = desk.soup.select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("3", "4")
    assert "Accepted 2 Owed 0 Deferred 1 Rejected 1" in desk.words
    assert desk.soup.select_one("meta[http-equiv=refresh]")


def test_pause_and_resume(desk: DeskClient, app: App, sending: int) -> None:
    desk.get(f"/desk/issues/{sending}")
    desk.press("Pause", reason="A wrong name")
    assert _row(app, sending).state == IssueState.PAUSED
    desk.get(f"/desk/issues/{sending}?part=none")
    assert not desk.soup.select_one("meta[http-equiv=refresh]")
    desk.press("Resume")
    assert _row(app, sending).state == IssueState.SENDING
