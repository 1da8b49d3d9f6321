"""The preview is the truth: what is shown is read from the bytes that would be sent."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from newsletter.app import App
from newsletter.articles.tables import ArticleRow
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.lock import lock
from newsletter.domain.letter import Encoding, Hole, Letter
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.rendering.message import CLIPPED_ABOVE, take_apart
from subscribers.models import Subscription
from tests.web_desk.conftest import DeskClient

Write = Callable[[int], None]

_FROZEN_BODY = (
    b"<robin@reader.example>\r\nSubject: Frozen\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nFrozen text\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Frozen</p>\r\n--b--\r\n"
)
FROZEN = Letter((b"From: <evening@ledger.example>\r\nTo: ", _FROZEN_BODY), (Hole("to_name", Encoding.PHRASE),))


def test_the_frame_is_sandboxed_twice(desk: DeskClient, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}")
    frame = desk.soup.select_one("iframe")
    assert frame is not None
    assert not frame["sandbox"]  # the empty list of what is allowed
    page = desk.get(str(frame["src"]))
    assert "Story number 0 of the day" in page.text
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'; sandbox")


def test_html_follows_the_draft(desk: DeskClient, app: App, issue_id: int) -> None:
    with app.database.writing() as rows:
        lead = rows.get_one(IssueRow, issue_id).stories[0].article_id
        rows.get_one(ArticleRow, lead).title = "Rewritten <at> the source"
    assert "Rewritten &lt;at&gt; the source" in desk.get(f"/desk/issues/{issue_id}/preview/html").text


def test_text_part(desk: DeskClient, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}?part=text")
    shown = desk.soup.select_one("pre.text")
    assert shown is not None
    assert "Good evening, Robin Sample" in shown.text
    assert "<p" not in shown.text


def test_source_with_headers_and_size(desk: DeskClient, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}?part=source")
    assert "List-Unsubscribe-Post List-Unsubscribe=One-Click" in desk.words
    assert "KB as sent" in desk.words
    assert desk.soup.select_one("pre.source")


def test_what_is_locked_is_shown_as_frozen(desk: DeskClient, app: App, issue_id: int) -> None:
    now = app.clock.now()
    with app.database.writing() as rows:
        rows.get_one(IssueRow, issue_id).locked_at = now
        rows.get_one(IssueRow, issue_id).state = IssueState.SENT
        rows.add(LetterRow(issue_id=issue_id, variant="en:all", body=FROZEN.to_bytes(), frozen_at=now))
    desk.get(f"/desk/issues/{issue_id}?part=text")
    assert "the letter as it is sent" in desk.words
    assert "Frozen text" in desk.words


def test_variants_of_readers_who_chose(desk: DeskClient, app: App, issue_id: int, readers: Write) -> None:
    readers(3)
    with app.database.writing() as rows:
        rows.scalars(select(Subscription)).first().sections = "sport"  # type: ignore[union-attr]
    desk.get(f"/desk/issues/{issue_id}")
    options = [" ".join(option.text.split()) for option in desk.soup.select("#variant option")]
    assert options == ["all sections · en (2 readers)", "Sport · en (1 reader)"]
    sport = desk.get(f"/desk/issues/{issue_id}/preview/html?variant=en:sport").text
    assert "Story number 2" in sport
    assert "Story number 1" not in sport


def test_readers_for_whom_nothing_is_left_are_counted(
    desk: DeskClient, app: App, issue_id: int, readers: Write
) -> None:
    readers(2)
    with app.database.writing() as rows:
        rows.scalars(select(Subscription)).first().sections = "gardening"  # type: ignore[union-attr]
    desk.get(f"/desk/issues/{issue_id}")
    assert "1 reader chose only sections without a story tonight and will get no mail" in desk.words


def test_preview_is_the_letter_that_the_lock_freezes(
    desk: DeskClient, app: App, issue_id: int, readers: Write
) -> None:
    readers(1)
    before = desk.get(f"/desk/issues/{issue_id}/preview/html").text
    with app.database.writing() as rows:
        lock(
            rows,
            issue_id,
            app.clock.now(),
            settings=app.settings,
            tokens=app.tokens,
            templates=app.templates,
            actor="daemon",
        )
    after = desk.get(f"/desk/issues/{issue_id}/preview/html").text
    assert _without_links(after) == _without_links(before)


def _without_links(page: str) -> str:
    return re.sub(r"/(view|unsubscribe|preferences)/[\w-]+", "", page)


def test_broken_template_is_told_and_the_page_stands(
    desk: DeskClient, issue_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jinja2 import TemplateError

    from newsletter.proofs import preview

    def broken(*_: object, **__: object) -> Letter:
        raise TemplateError("'stori' is undefined")

    monkeypatch.setattr(preview, "issue_letter", broken)
    assert desk.get(f"/desk/issues/{issue_id}").status_code == 200
    assert "The mail cannot be made. 'stori' is undefined" in desk.words
    assert desk.get(f"/desk/issues/{issue_id}/preview/html").status_code == 404


def test_gmails_clip() -> None:
    def message(size: int) -> bytes:
        return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + b"x" * size

    assert not take_apart(message(CLIPPED_ABOVE)).is_clipped
    assert take_apart(message(CLIPPED_ABOVE + 1)).is_clipped
