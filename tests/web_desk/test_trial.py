"""Send me a test."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from newsletter.app import App
from tests.web_desk.conftest import EMAIL, DeskClient


def _outbox(app: App) -> list[Path]:
    return sorted(app.settings.transport.path.rglob("*.eml"))


def test_arrives_marked_as_a_test(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Send the test")
    desk.follow()
    assert f"A test mail is on its way to {EMAIL}." in desk.words
    [mail] = _outbox(app)
    message = message_from_bytes(mail.read_bytes(), policy=SMTP)
    assert message["Subject"].startswith("[Test] Story number")
    assert EMAIL in message["To"]


def test_bad_address(desk: DeskClient, app: App, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Send the test", to="ines at ledger")
    desk.follow()
    assert "No test mail was sent:" in desk.words
    assert not _outbox(app)


def test_letters_cannot_leave(desk: DeskClient, app: App, issue_id: int) -> None:
    app.settings.transport.path.write_text("a file where the folder should be")
    desk.get(f"/desk/issues/{issue_id}")
    desk.press("Send the test")
    desk.follow()
    assert "No test mail was sent: the mail server cannot be reached" in desk.words


def test_no_more_than_ten_in_ten_minutes(desk: DeskClient, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    form = {str(each["name"]): str(each.get("value")) for each in desk.soup.select("#trial ~ form input")}
    answers = [desk.post(f"/desk/issues/{issue_id}/test", **form | {"to": "nonsense"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]


def test_issue_that_is_not_there(desk: DeskClient) -> None:
    desk.get("/desk/")
    token = str(desk.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    assert desk.post("/desk/issues/99/test", to=EMAIL, csrf_token=token).status_code == 404
