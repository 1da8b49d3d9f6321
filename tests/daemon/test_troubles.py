"""What fails is told, tried again, and stops nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from newsletter.clock import SetClock
from newsletter.daemon import Daemon
from newsletter.daemon.ticking import REMIND_EVERY, Stopping, Tick, Watch, scheduler
from newsletter.domain.delivery import Batch, Outcome, TransportDown
from newsletter.issues.states import IssueState
from newsletter.settings import SourceSettings
from tests.daemon.conftest import BUILD, SEND, AppWith, Newsroom, Recorder
from tests.daemon.test_evening import look


class Down(Recorder):
    """A mail server that is not there."""

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        if batch.envelopes:
            raise TransportDown("connection refused")
        yield from ()

    def close(self) -> None:
        pass


def fail() -> None:
    raise ValueError("no ink")


def test_a_failure_is_told_once_then_reminded_of_and_its_end_is_told_too(clock: SetClock) -> None:
    watch = Watch(clock)
    with capture_logs() as lines:
        for _ in range(5):
            watch.attempt("print", fail)
        clock.sleep(REMIND_EVERY)
        watch.attempt("print", fail)
        watch.attempt("print", lambda: None)
        watch.attempt("print", lambda: None)
    told = [(line["event"], line["what"]) for line in lines if line["log_level"] != "debug"]
    assert told == [("failed", "print"), ("failed", "print"), ("works again", "print")]
    assert lines[0]["error"] == "ValueError: no ink"


def test_a_tick_that_fails_stops_neither_itself_nor_another(clock: SetClock) -> None:
    again, other, calls = threading.Event(), threading.Event(), []

    def failing() -> None:
        calls.append(1)
        if len(calls) == 3:
            again.set()
        fail()

    ticking = scheduler([Tick("bad", failing, 0.05), Tick("good", other.set, 0.05)], Watch(clock))
    ticking.start()
    try:
        assert again.wait(20)
        assert other.wait(20)
    finally:
        ticking.shutdown(wait=True)


def test_an_issue_that_cannot_be_rendered_is_held_and_another_newsletter_is_sent(newsroom: Newsroom) -> None:
    settings = newsroom.app.settings
    [evening] = settings.newsletters
    # The broken one is built and looked at first.
    broken = replace(evening, slug="broken", template="nowhere")
    daemon = Daemon(replace(newsroom.app, settings=replace(settings, newsletters=(broken, evening))))
    newsroom.subscribe("ada@reader.example", "broken")
    newsroom.clock.moment = BUILD
    look(daemon)
    newsroom.clock.moment = SEND
    look(daemon)
    states = {issue.newsletter: issue.state for issue in newsroom.issues()}
    assert states == {"broken": IssueState.HELD, "evening": IssueState.SENT}
    assert any(issue.reason.startswith("It can't be made into a letter:") for issue in newsroom.issues())


def test_a_build_that_fails_does_not_keep_another_newsletter_from_its_own(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = newsroom.app.settings
    [evening] = settings.newsletters
    first = replace(evening, slug="first")
    daemon = Daemon(replace(newsroom.app, settings=replace(settings, newsletters=(first, evening))))
    build = daemon._build
    monkeypatch.setattr(daemon, "_build", lambda one: fail() if one is first else build(one))
    newsroom.clock.moment = BUILD
    daemon.build_due()
    assert [issue.newsletter for issue in newsroom.issues()] == ["evening"]


def test_a_mail_server_that_is_down_loses_nothing_and_is_tried_again_later(newsroom: Newsroom) -> None:
    newsroom.clock.moment = SEND
    daemon = Daemon(AppWith.of(newsroom.app, Down()))
    look(daemon)
    look(daemon)
    assert [issue.state for issue in newsroom.issues()] == [IssueState.SENDING]
    recorder = Recorder()
    daemon.app = AppWith.of(newsroom.app, recorder)
    newsroom.clock.moment += timedelta(minutes=20)
    look(daemon)
    assert ([issue.state for issue in newsroom.issues()], len(recorder.sent)) == ([IssueState.SENT], 1)


def test_collecting_is_broken_off_between_two_sources_when_it_is_to_stop(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    sources = tuple(SourceSettings(name, "folder", path=tmp_path) for name in ("one", "two"))
    daemon = Daemon(replace(newsroom.app, settings=replace(newsroom.app.settings, sources=sources)))
    daemon._stop.set()
    with capture_logs() as lines, pytest.raises(Stopping):
        daemon.collect()
    assert {line["source"] for line in lines if "source" in line} == {"one"}


def test_a_build_does_not_ask_again_what_was_asked_a_moment_ago(newsroom: Newsroom, tmp_path: Path) -> None:
    sources = (SourceSettings("one", "folder", path=tmp_path),)
    daemon = Daemon(replace(newsroom.app, settings=replace(newsroom.app.settings, sources=sources)))
    newsroom.clock.moment = BUILD
    with capture_logs() as lines:
        daemon.collect()
        daemon.build_due()
    assert [line["event"] for line in lines if line.get("source")] == ["collected"]


def test_a_draft_of_a_newsletter_that_is_gone_is_not_announced(newsroom: Newsroom) -> None:
    newsroom.clock.moment = BUILD
    Daemon(newsroom.app).build_due()
    settings = newsroom.app.settings
    renamed = replace(settings.newsletters[0], slug="late-edition")
    daemon = Daemon(replace(newsroom.app, settings=replace(settings, newsletters=(renamed,))))
    assert daemon.next_action().startswith("build late-edition 2026-03-11")
