"""Jobs are made once, and only where there is something to do; running one twice sends nothing twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from newsletter.app import App, Sending
from newsletter.delivery.ledger import spans
from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.ledger.tables import Heartbeat
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.workers import dispatch, queue
from newsletter.workers.queue import Queue
from tests.delivery.conftest import House
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.postgres


@pytest.fixture
def three_spans(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Readers 1 to 29, in spans of ten: 0-9, 10-19 and 20-29."""
    monkeypatch.setattr(spans, "SIZE", 10)
    for number in range(1, 30):
        house.reader(number)
    house.issue()
    return house


def look(house: House, jobs: Queue) -> dispatch.Dispatched:
    return dispatch.dispatch(
        house.database, jobs, house.issue_id, house.clock.now(), house.settings.delivery.in_doubt
    )


def test_a_span_becomes_one_job_however_often_it_is_looked_at(three_spans: House, jobs: Queue) -> None:
    assert [look(three_spans, jobs).jobs for _ in range(3)] == [3, 0, 0]
    with three_spans.database.reading() as session:
        assert len(queue.under_way(session, three_spans.issue_id)) == 3
        assert queue.waiting(session)[0] == 3


def test_only_spans_with_something_due_become_jobs(three_spans: House, app: App, jobs: Queue) -> None:
    send(app, three_spans, Span(10, 19))
    assert look(three_spans, jobs).jobs == 2


def test_a_job_done_twice_sends_nothing_twice(three_spans: House, app: App, server: SmtpServer) -> None:
    first, again = (send(app, three_spans, Span(10, 19)) for _ in range(2))
    assert (first.accepted, again.accepted, again.stopped_because) == (10, 0, Ending.NOTHING_DUE)
    assert sorted(server.recipients) == [f"reader{number}@reader.example" for number in range(10, 20)]


def test_the_last_span_finishes_the_issue(three_spans: House, app: App, jobs: Queue) -> None:
    endings = [send(app, three_spans, Span(first, first + 9)).stopped_because for first in (0, 10, 20)]
    assert endings == [Ending.NOTHING_DUE, Ending.NOTHING_DUE, Ending.FINISHED]
    assert three_spans.books() == {"accepted": 29}
    assert look(three_spans, jobs) == dispatch.Dispatched()


def test_an_issue_of_which_nothing_is_left_is_finished_by_the_next_look(three_spans: House, jobs: Queue) -> None:
    for number in range(1, 30):
        three_spans.leave(number)
    three_spans.claim("somebody", 50)
    assert look(three_spans, jobs).is_finished
    assert three_spans.row.state == "sent"


def test_a_line_that_is_down_is_left_alone_by_the_whole_fleet(three_spans: House, jobs: Queue) -> None:
    now = three_spans.clock.now()
    down = SendReport(
        stopped_because=Ending.LINE_DOWN, detail="down", try_again_at=now + timedelta(minutes=1), failures=2
    )
    for report in (down, down):
        with three_spans.database.writing() as session:
            dispatch.note_line(session, three_spans.issue_id, report)
    assert look(three_spans, jobs).jobs == 0
    with three_spans.database.reading() as session:
        assert dispatch.failures(session, three_spans.issue_id) == 2
    three_spans.later(minutes=2)
    assert look(three_spans, jobs).jobs == 3
    with three_spans.database.writing() as session:
        dispatch.note_line(session, three_spans.issue_id, SendReport(accepted=1))
        assert dispatch.failures(session, three_spans.issue_id) == 0


def test_a_job_knows_what_is_left_of_its_span(three_spans: House, app: App) -> None:
    stopped = app.send_part(
        Sending(app.settings, three_spans.issue_id, span=Span(10, 19)),
        0,
        1,
        stop=lambda: True,
        progress=lambda _: None,
    )
    assert (stopped.stopped_because, stopped.remaining) == (Ending.STOPPED, 10)
    assert send(app, three_spans, Span(10, 19)).remaining == 0


def test_jobs_without_any_worker_are_complained_of(three_spans: House, jobs: Queue) -> None:
    look(three_spans, jobs)
    with three_spans.database.writing() as session:
        _, since = queue.waiting(session)
        assert since is not None
        assert dispatch.complaint(session, since + timedelta(minutes=1)) == ""
        later = since + timedelta(minutes=3)
        assert dispatch.complaint(session, later).startswith("3 jobs wait and no worker is there; start")
        session.add(Heartbeat(name="worker cellar", at=later, next_action=""))
        session.flush()
        assert dispatch.complaint(session, later) == ""


def send(app: App, house: House, span: Span) -> SendReport:
    job = Sending(app.settings, house.issue_id, span=span)
    return app.send_part(job, 0, 1, stop=threading.Event().is_set, progress=lambda _: None)
