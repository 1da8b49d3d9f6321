"""An issue's report: its figures beside the usual, as page, CSV, JSON and command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.app import App
from newsletter.articles.tables import ArticleRow
from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.feedback.report import ReportKind
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.results.comparing import as_csv, report
from newsletter.tracking.judging import Kind
from newsletter.tracking.tables import Hit, TrackedLink
from subscribers import leaving
from subscribers.evidence import Evidence
from tests.web_desk.conftest import DeskClient


@pytest.fixture
def weeks(app: App, issue_id: int, readers: Callable[[int], None]) -> int:
    """Tonight's issue, got by five, and those of a week, two and eight days before, got by three, four and one."""
    readers(6)
    with app.database.reading() as rows:
        tonight = rows.get_one(IssueRow, issue_id)
    for days, got in ((7, 3), (14, 4), (8, 1)):
        _sent(app, tonight, days, got)
    _got(app, issue_id, 5)
    return issue_id


def _sent(app: App, tonight: IssueRow, days: int, got: int) -> None:
    ago = timedelta(days=days)
    with app.database.writing() as rows:
        issue = IssueRow(
            newsletter="evening",
            date=tonight.date - ago,
            state=IssueState.SENT,
            window_start=tonight.window_start - ago,
            window_end=tonight.window_end - ago,
            send_at=tonight.send_at - ago,
            created_at=tonight.created_at - ago,
        )
        rows.add(issue)
        rows.flush()
        number = issue.id
    _got(app, number, got, ago)


def _got(app: App, issue_id: int, got: int, ago: timedelta = timedelta(0)) -> None:
    at = app.clock.now() - ago
    with app.database.writing() as rows:
        issue = rows.get_one(IssueRow, issue_id)
        issue.state, issue.locked_at, issue.begun_at = IssueState.SENT, at, at
        letter = LetterRow(issue_id=issue_id, variant="en:all", body=b"", frozen_at=at, enqueued=got)
        rows.add(letter)
        rows.flush()
        rows.add_all(
            DeliveryRow(
                issue_id=issue_id, subscription_id=number, letter_id=letter.id, state="accepted", due_at=at
            )
            for number in range(1, got + 1)
        )


def _happened(app: App, issue_id: int) -> None:
    """One bounced, one left by the link, two clicked on the first story, one of them twice."""
    now = app.clock.now()
    with app.database.writing() as rows:
        first = rows.scalars(select(ArticleRow).order_by(ArticleRow.id)).first()
        assert first is not None
        rows.add(TrackedLink(issue_id=issue_id, number=1, url=first.url, title=first.title))
        for reader in (1, 2, 2):
            rows.add(Hit(issue_id=issue_id, subscription_id=reader, kind=Kind.CLICK, link=1, at=now))
        came = Incoming(source="mail", key="a", received_at=now, body=b"", state="done")
        rows.add(came)
        rows.flush()
        rows.add(
            ReportRow(
                incoming_id=came.id, source="mail", key="a", kind=ReportKind.BOUNCED, at=now, issue_id=issue_id,
                subscription_id=3,
            )
        )  # fmt: skip
        leaving.unsubscribe(rows, 4, Evidence("link"), now)


def test_figures_stand_beside_the_same_weekday_s_median(app: App, weeks: int) -> None:
    _happened(app, weeks)
    with app.database.reading() as rows:
        told = report(rows, rows.get_one(IssueRow, weeks), app.clock.now() + timedelta(hours=1))
    found = {each.name: (each.number, each.usual) for each in told.compared}
    assert found["accepted"] == (5, 3.5)
    assert (found["bounced"], found["left"], found["clicked"]) == ((1, 0.0), (1, 0.0), (2, None))
    assert found["opened"] == (None, None)
    [story] = told.stories
    assert (story.readers, story.clicks) == (2, 3)
    assert [(each.section, each.clicks) for each in told.sections] == [(story.section, 3)]
    assert "accepted,,5,3.5" in as_csv(told)


def test_the_page_and_its_files(desk: DeskClient, weeks: int) -> None:
    desk.get(f"/desk/issues/{weeks}/report")
    assert "Accepted 5 3.5" in desk.words
    assert len(desk.soup.select("figure.chart table")) == 2
    told = json.loads(desk.get(f"/desk/issues/{weeks}/report.json").text)
    assert (told["accepted"], told["usual"]["accepted"], len(told["weeks_before"])) == (5, 3.5, 2)
    assert desk.get(f"/desk/issues/{weeks}/report.csv").mimetype == "text/csv"


def test_an_issue_that_was_not_sent_has_nothing_to_tell(desk: DeskClient, issue_id: int) -> None:
    desk.get(f"/desk/issues/{issue_id}/report")
    assert "nothing to tell yet" in desk.words
