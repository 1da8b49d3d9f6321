"""An evening by the daemon's looks alone: built, sent, once; held when it is too late."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

from newsletter.clock import SetChance
from newsletter.daemon import Daemon
from newsletter.delivery.ledger.tables import DeliveryRow, Heartbeat, LetterRow, SummaryRow
from newsletter.issues import store
from newsletter.issues.states import IssueState
from subscribers.database import Base
from tests.daemon.conftest import BUILD, SEND, AppWith, Newsroom, Recorder

HOUR = timedelta(hours=1)


def look(daemon: Daemon) -> None:
    """Have the daemon look once at everything."""
    daemon.build_due()
    daemon.send_notices()
    for newsletter in daemon.app.settings.newsletters:
        daemon.send_due(newsletter)
    daemon.sweep()
    daemon.beat()


def test_nothing_happens_before_its_time(newsroom: Newsroom) -> None:
    look(Daemon(newsroom.app))
    assert newsroom.issues() == []
    assert newsroom.letters() == []


def test_an_evening_is_built_then_sent_and_only_once(any_newsroom: Newsroom) -> None:
    daemon = Daemon(any_newsroom.app)
    any_newsroom.clock.moment = BUILD
    look(daemon)
    [issue] = any_newsroom.issues()
    assert (issue.date, issue.state, any_newsroom.letters()) == (date(2026, 3, 10), IssueState.DRAFT, [])
    any_newsroom.clock.moment = SEND
    look(daemon)
    look(daemon)
    look(Daemon(any_newsroom.app))
    [issue], [letter] = any_newsroom.issues(), any_newsroom.letters()
    assert issue.state == IssueState.SENT
    assert letter["To"] == "ada@reader.example"
    assert letter["Subject"].endswith("– and 1 more")


def test_a_daemon_that_was_down_catches_up_within_the_grace(newsroom: Newsroom) -> None:
    newsroom.clock.moment = SEND + 2 * HOUR
    look(Daemon(newsroom.app))
    assert [issue.state for issue in newsroom.issues()] == [IssueState.SENT]
    assert len(newsroom.letters()) == 1


def test_a_draft_that_missed_its_evening_is_held_and_says_why(newsroom: Newsroom) -> None:
    newsroom.clock.moment = BUILD
    look(Daemon(newsroom.app))
    newsroom.clock.moment = SEND + 3 * HOUR + timedelta(minutes=1)
    look(Daemon(newsroom.app))
    [issue] = newsroom.issues()
    assert issue.state == IssueState.HELD
    assert "The send time 18:00 passed by more than 3 h" in issue.reason
    assert newsroom.letters() == []


def test_a_held_late_issue_leaves_when_an_editor_releases_it(newsroom: Newsroom) -> None:
    newsroom.clock.moment = BUILD
    look(Daemon(newsroom.app))
    newsroom.clock.moment = SEND + 4 * HOUR
    daemon = Daemon(newsroom.app)
    look(daemon)
    with newsroom.app.database.writing() as session:
        store.release(session, newsroom.issues()[0].id, newsroom.clock.now(), actor="editor@ledger.example")
    look(daemon)
    assert [issue.state for issue in newsroom.issues()] == [IssueState.SENT]


def test_a_whole_evening_down_is_reported_but_not_before_the_first_issue(newsroom: Newsroom) -> None:
    newsroom.clock.moment = SEND + 9 * HOUR
    look(Daemon(newsroom.app))
    assert newsroom.issues() == []
    newsroom.clock.moment = SEND + 24 * HOUR  # one evening goes well
    newsroom.publish("Rain all day", "Derby drawn", at=newsroom.clock.now() - HOUR)
    look(Daemon(newsroom.app))
    newsroom.clock.moment = SEND + 57 * HOUR  # and the next one is slept through
    newsroom.publish("Fog horn is silent", "Puppets on tour", at=SEND + 47 * HOUR)
    look(Daemon(newsroom.app))
    assert [issue.state for issue in newsroom.issues()] == [IssueState.SENT, IssueState.HELD]
    assert len(newsroom.letters()) == 1


def test_the_evening_before_the_first_issue_is_not_made_up_for(newsroom: Newsroom) -> None:
    newsroom.clock.moment = BUILD - HOUR
    with newsroom.app.database.writing() as session:  # an editor tries it out before the daemon's first start
        [newsletter] = newsroom.app.settings.newsletters
        store.build(
            session, newsroom.app.settings, newsletter, date(2026, 3, 10), newsroom.clock.now(), actor="cli"
        )
    look(Daemon(newsroom.app))
    assert [issue.date for issue in newsroom.issues()] == [date(2026, 3, 10)]


def test_a_held_issue_stays(newsroom: Newsroom) -> None:
    daemon = Daemon(newsroom.app)
    newsroom.clock.moment = BUILD
    look(daemon)
    with newsroom.app.database.writing() as session:
        store.hold(session, newsroom.issues()[0].id, newsroom.clock.now(), actor="editor@ledger.example")
    newsroom.clock.moment = SEND
    look(daemon)
    assert newsroom.letters() == []


def test_too_few_stories_make_a_skipped_issue_with_its_reason(newsroom: Newsroom) -> None:
    newsroom.clock.moment = BUILD + 24 * HOUR + timedelta(minutes=1)
    look(Daemon(newsroom.app))
    [issue] = newsroom.issues()
    assert issue.state == IssueState.SKIPPED
    assert issue.reason.startswith("No new story since the last issue")


def test_two_daemons_by_mistake_send_one_issue(any_newsroom: Newsroom) -> None:
    for number in range(40):
        any_newsroom.subscribe(f"reader{number}@reader.example")
    any_newsroom.clock.moment = SEND
    recorder = Recorder()
    apps = [replace(any_newsroom.app, chance=SetChance(dealt=1000 * n)) for n in range(2)]
    daemons = [Daemon(AppWith.of(app, recorder)) for app in apps]
    barrier = threading.Barrier(2)

    def evening(daemon: Daemon) -> None:
        barrier.wait()
        for _ in range(3):
            look(daemon)

    threads = [threading.Thread(target=evening, args=[daemon]) for daemon in daemons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [issue.state for issue in any_newsroom.issues()] == [IssueState.SENT]
    assert len(recorder.sent) == len(set(recorder.sent)) == 41


def test_it_leaves_a_sign_of_life_that_says_what_comes_next(newsroom: Newsroom) -> None:
    Daemon(newsroom.app).beat()
    with newsroom.app.database.reading() as session:
        pulse = session.get_one(Heartbeat, "daemon")
    assert pulse.at == newsroom.clock.now()
    assert pulse.next_action == "build evening 2026-03-10 at 2026-03-10 17:30 (Europe/Berlin)"


def test_a_reader_who_left_after_the_build_gets_nothing(newsroom: Newsroom) -> None:
    from subscribers.evidence import Evidence
    from subscribers.leaving import unsubscribe

    number = newsroom.subscribe("leaver@reader.example")
    daemon = Daemon(newsroom.app)
    newsroom.clock.moment = BUILD
    look(daemon)
    with newsroom.app.database.writing() as session:
        unsubscribe(session, number, Evidence("link"), newsroom.clock.now())
    newsroom.clock.moment = SEND
    look(daemon)
    assert [letter["To"] for letter in newsroom.letters()] == ["ada@reader.example"]


def test_it_ticks_by_itself_and_drains_when_asked(newsroom: Newsroom) -> None:
    newsroom.clock.moment = SEND
    stop, daemon = threading.Event(), Daemon(newsroom.app)
    thread = threading.Thread(target=daemon.run, args=[stop])
    thread.start()
    arrived = threading.Event()
    for _ in range(600):
        if arrived.wait(0.05) or newsroom.letters():
            break
    stop.set()
    thread.join()
    assert [issue.state for issue in newsroom.issues()] == [IssueState.SENT]


def test_old_deliveries_are_summed_up_and_the_letter_stays(newsroom: Newsroom) -> None:
    newsroom.clock.moment = SEND
    look(Daemon(newsroom.app))
    kept = replace(newsroom.app.settings, delivery=replace(newsroom.app.settings.delivery, keep_days=30))
    newsroom.clock.moment = SEND + timedelta(days=29)
    Daemon(replace(newsroom.app, settings=kept)).tidy()
    assert _rows(newsroom, DeliveryRow) == 1
    newsroom.clock.moment = SEND + timedelta(days=31)
    Daemon(newsroom.app).tidy()  # kept for ever
    assert _rows(newsroom, DeliveryRow) == 1
    Daemon(replace(newsroom.app, settings=kept)).tidy()
    assert (_rows(newsroom, DeliveryRow), _rows(newsroom, SummaryRow), _rows(newsroom, LetterRow)) == (0, 1, 1)


def _rows(newsroom: Newsroom, table: type[Base]) -> int:
    with newsroom.app.database.reading() as session:
        return session.query(table).count()
