"""Readers at the desk: found by address or name; a page that tells why one of them gets mail."""

from __future__ import annotations

from json import loads

import pytest

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.editors.tables import LogEntry
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.issues import store
from subscribers.evidence import Evidence
from subscribers.models import Subscriber, SuppressionReason
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.suppression import suppress
from tests.web_desk.conftest import EMAIL, DeskClient

TIDE = "https://ledger.example/tide?from=<b>"


@pytest.fixture
def ada(app: App) -> int:
    """A reader with a name full of markup and right-to-left letters, who confirmed. Her number."""
    proof = Evidence("form", TIDE, "", "192.0.2.7", "Send me <b>mail</b>.", "2026-01")
    wish = SignUp("ada@home.example", "evening", name="Ada <b> ليلى")
    with app.database.writing() as rows:
        row = sign_up(rows, app.tokens, wish, proof, app.clock.now(), mails_per_day=3)
        confirm(rows, row.id, Evidence("link"), app.clock.now())
        return row.subscriber_id


def test_nobody_is_listed_before_somebody_is_looked_for(ada: int, desk: DeskClient) -> None:
    assert desk.get("/desk/readers").status_code == 200
    assert "ada@home.example" not in desk.words


def test_found_by_the_beginning_of_a_name(ada: int, desk: DeskClient) -> None:
    desk.get("/desk/readers?q=ada")
    assert "ada@home.example Ada b ليلى evening: active" in desk.words
    [link] = desk.soup.select("#main a[href$='/readers/1']")
    assert link.get_text() == "ada@home.example"


def test_a_whole_address_leads_to_its_reader(ada: int, desk: DeskClient) -> None:
    assert desk.get("/desk/readers?q=ADA@home.example").location == f"/desk/readers/{ada}"
    desk.follow()
    assert desk.words.count("signed up for The Evening Ledger on 10 March 2026 at 17:00") == 1


def test_everything_that_happened_with_its_evidence(ada: int, desk: DeskClient) -> None:
    desk.get(f"/desk/readers/{ada}")
    for words in (f"on {TIDE}", "agreed to “ Send me <b>mail</b>. ” (version 2026-01 )", "from 192.0.2.7"):
        assert words in desk.words
    assert desk.words.index("confirmed (link)") < desk.words.index("signed up (form)")
    assert "No issue was owed to this reader yet." in desk.words


def test_old_events_say_their_year(app: App, ada: int, desk: DeskClient, clock: SetClock) -> None:
    clock.sleep(400 * 86_400)
    desk.get(f"/desk/readers/{ada}")
    assert "10 Mar 2026, 17:00 CET confirmed" in desk.words


def test_an_address_that_would_be_refused_today_has_its_page_all_the_same(
    app: App, ada: int, desk: DeskClient
) -> None:
    with app.database.writing() as rows:
        rows.get_one(Subscriber, ada).email = f"{'a' * 70}@home.example"
    assert desk.get(f"/desk/readers/{ada}").status_code == 200


def test_what_was_sent_of_late_in_words(app: App, ada: int, issue_id: int, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        store.send_now(rows, issue_id, app.clock.now(), actor="ines")
        app.lock(rows, issue_id, actor="daemon")
    app.send(issue_id, stop=lambda: False, progress=None)
    desk.get(f"/desk/readers/{ada}")
    assert "Tue 10 Mar 2026 · The Evening Ledger accepted at 2026-03-10 17:00:00" in desk.words


def test_what_came_back_is_told_in_the_servers_words(app: App, ada: int, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        mail = Incoming(source="mail", key="1", received_at=app.clock.now(), body=b"")
        rows.add(mail)
        rows.flush()
        told = {"kind": "bounced", "at": app.clock.now(), "status": "4.2.2", "words": "mailbox <full>", "key": "1"}
        rows.add(ReportRow(incoming_id=mail.id, source="mail", subscription_id=1, consequence="counted", **told))
    desk.get(f"/desk/readers/{ada}")
    assert "bounced (mail) 4.2.2 mailbox <full> and so: counted" in desk.words


def test_an_address_known_by_its_hash_alone(app: App, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        suppress(rows, app.tokens, "gone@home.example", SuppressionReason.ERASED, app.clock.now())
    assert desk.get("/desk/readers?q=gone@home.example").status_code == 200
    assert "Only a keyed hash of it is kept: its owner asked to be forgotten" in desk.words


def test_an_address_that_nobody_knows(ada: int, desk: DeskClient) -> None:
    desk.get("/desk/readers?q=who@home.example")
    assert "Nobody with the address who@home.example has ever signed up" in desk.words
    desk.get("/desk/readers?q=zz%00<b>")
    assert "No address and no name has “ zz<b> ” in it" in desk.words


def test_a_page_after_the_other(app: App, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        for number in range(27):
            wish = SignUp(f"r{number:02}@home.example", "evening")
            sign_up(rows, app.tokens, wish, Evidence("form"), app.clock.now(), mails_per_day=3)
    desk.get("/desk/readers?q=r&state=pending")
    assert len(desk.soup.select("section .scroll tbody tr")) == 25
    [more] = desk.soup.select("a.button")
    desk.get(str(more["href"]))
    assert [row.a.get_text() for row in desk.soup.select("section .scroll tbody tr") if row.a] == [
        "r25@home.example",
        "r26@home.example",
    ]


def test_what_is_found_is_exported_and_nothing_else(app: App, ada: int, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        wish = SignUp("+bob@home.example", "evening", name="=cmd()")
        sign_up(rows, app.tokens, wish, Evidence("form"), app.clock.now(), mails_per_day=3)
    desk.get("/desk/readers?state=pending&source=form&page=")
    assert "+bob@home.example" in desk.words
    [csv, json] = [str(link["href"]) for link in desk.soup.select("section .downloads a")]
    lines = desk.get(csv).text.splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["'+bob@home.example", "'=cmd()"]]
    assert [row["name"] for row in loads(desk.get(json).text)] == ["=cmd()"]
    with app.database.reading() as rows:
        told = [(entry.actor, entry.detail) for entry in rows.query(LogEntry).filter_by(about="reader")]
    assert told == [(EMAIL, f"{form} state=pending source=form") for form in ("csv", "json")]
    assert desk.get("/desk/readers?state=unsubscribed").status_code == 200
    assert "Nobody is like that." in desk.words


@pytest.mark.parametrize("path", ["/desk/readers/99", f"/desk/readers/{10**30}", "/desk/readers/x"])
def test_no_such_reader(desk: DeskClient, path: str) -> None:
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/desk/readers?q=ada", "/desk/readers/1"])
def test_only_editors_see_readers(ada: int, stranger: DeskClient, path: str) -> None:
    page = stranger.get(path)
    assert (page.status_code, "ada@home.example" in page.text) == (303, False)
