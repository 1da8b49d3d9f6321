"""What goes out tonight, when, to how many, in what state, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from newsletter.app import App
from newsletter.articles.tables import ArticleRow, SourceRow
from newsletter.clock import SetClock
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.issues import store
from newsletter.settings import NewsletterSettings
from newsletter.web.app import create_web
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, sign_up
from tests.web_desk.conftest import DeskClient, signed_in

Write = Callable[[int], None]


def test_before_the_build_it_says_when(desk: DeskClient, articles: Write, readers: Write) -> None:
    articles(3)
    readers(2)
    desk.get("/desk/")
    assert "No issue yet It will be built today 17:30 CET (in 30 min)" in desk.words
    assert "3 articles have come in" in desk.words
    assert "Readers 2" in desk.words


def test_no_article_no_reader_no_daemon(desk: DeskClient) -> None:
    desk.get("/desk/")
    assert "No article has come in since the last issue" in desk.words
    assert "Nobody has confirmed a subscription yet" in desk.words
    assert "The daemon is not running" in desk.words
    assert "It has never been seen" in desk.words


def test_too_few_articles(desk: DeskClient, articles: Write) -> None:
    articles(1)
    desk.get("/desk/")
    assert "Only 1 article has come in so far ; at least 2 are needed" in desk.words


def test_build_now(desk: DeskClient, articles: Write) -> None:
    articles(3)
    desk.get("/desk/")
    desk.press("Build now")
    desk.follow()
    assert "Draft It goes out by itself at the send time" in desk.words


def test_the_issue_at_a_glance(desk: DeskClient, issue_id: int, readers: Write) -> None:
    readers(7)
    desk.get("/desk/")
    assert "Goes out today 18:00 CET (in 1 h)" in desk.words
    assert "Readers 7" in desk.words
    assert "Stories 5" in desk.words
    assert desk.soup.find("a", href=f"/desk/issues/{issue_id}")


def test_held_issue_shows_its_reason(desk: DeskClient, issue_id: int, app: App) -> None:
    with app.database.writing() as rows:
        store.hold(
            rows, issue_id, app.clock.now(), actor="ines@ledger.example", reason="The mayor has not answered"
        )
    desk.get("/desk/")
    assert "Nothing goes out until an editor releases it. The mayor has not answered" in desk.words
    assert "when released; planned for today 18:00 CET" in desk.words


def test_daemon_is_missed_after_two_minutes(
    desk: DeskClient, heartbeat: Callable[[], None], clock: SetClock
) -> None:
    heartbeat()
    clock.moment += timedelta(minutes=2)
    desk.get("/desk/")
    assert "The daemon is not running" not in desk.words
    assert "Next: collects at 17:10" in desk.words
    clock.moment += timedelta(seconds=1)
    desk.get("/desk/")
    assert "last seen today 17:00 CET (2 min ago)" in desk.words


def test_failing_source_is_named(desk: DeskClient, app: App) -> None:
    worked = app.clock.now() - timedelta(hours=3)
    with app.database.writing() as rows:
        rows.add(SourceRow(name="ledger", error="the feed answered 503", succeeded_at=worked, checked_at=worked))
    desk.get("/desk/")
    assert "1 source fails" in desk.words
    assert "ledger : the feed answered 503 (worked last today 14:00 CET)" in desk.words
    desk.get("/desk/sources")
    assert "Fails the feed answered 503" in desk.words


def test_last_issue_and_its_result(
    desk: DeskClient, issue_id: int, app: App, clock: SetClock, evening: NewsletterSettings
) -> None:
    with app.database.writing() as rows:
        store.cancel(rows, issue_id, clock.now(), actor="ines@ledger.example", reason="Power cut")
    clock.moment += timedelta(days=1)
    desk.get("/desk/")
    assert "Last issue Tue 10 Mar : cancelled, Power cut" in desk.words


def test_skipped_night_is_listed_with_its_reason(desk: DeskClient, app: App, evening: NewsletterSettings) -> None:
    now = app.clock.now()
    with app.database.writing() as rows:
        reason = store.build(rows, app.settings, evening, now.date(), now, actor="daemon").reason
    desk.get("/desk/issues")
    assert "Skipped" in desk.words
    assert reason in desk.words


def test_two_newsletters_stand_side_by_side(app: App, evening: NewsletterSettings) -> None:
    weekend = replace(evening, slug="weekend", title="The Weekend Ledger")
    two = replace(app, settings=replace(app.settings, newsletters=(evening, weekend)))
    desk = signed_in(two, create_web(two))
    desk.get("/desk/")
    assert [card.text for card in desk.soup.select(".evening .kicker")] == [
        "The Evening Ledger",
        "The Weekend Ledger",
    ]
    desk.get("/desk/readers")
    assert "The Evening Ledger 0 0 0 0 The Weekend Ledger 0 0 0 0" in desk.words


def test_confirmation_mails_that_wait_are_told(desk: DeskClient, app: App, clock: SetClock) -> None:
    wish, since = SignUp("ada@reader.example", "evening"), clock.now()
    with app.database.writing() as session:
        sign_up(session, app.tokens, wish, Evidence("form"), since, mails_per_day=3)
    clock.moment += timedelta(seconds=59)
    desk.get("/desk/")
    assert "confirmation mail waits" not in desk.words
    clock.moment += timedelta(seconds=1)
    desk.get("/desk/")
    assert "1 confirmation mail waits, the first since" in desk.words
    assert "At most 60 leave in a minute" in desk.words


def test_what_the_checks_found_stands_on_the_first_page(desk: DeskClient, app: App, issue_id: int) -> None:
    with app.database.writing() as rows:
        rows.execute(update(ArticleRow).values(image={"url": "https://ledger.example/a.jpg"}))
    desk.get("/desk/")
    assert (
        "The checks found 5 warnings : The picture of “Story number 0 of the day” has no description" in desk.words
    )


def test_letters_refused_for_what_they_are_are_told_to_the_newsroom(desk: DeskClient, app: App) -> None:
    now = app.clock.now()
    with app.database.writing() as rows:
        came = Incoming(source="mail", key="k", received_at=now, body=b"", state="done")
        rows.add(came)
        rows.flush()
        told = {"kind": "bounced", "consequence": "alarm", "words": "550 5.7.1 looks like spam"}
        rows.add(ReportRow(incoming_id=came.id, source="mail", key="k", at=now, **told))
    desk.get("/desk/")
    assert (
        "1 letter was refused in the last day for what it is or whose: “550 5.7.1 looks like spam”." in desk.words
    )
