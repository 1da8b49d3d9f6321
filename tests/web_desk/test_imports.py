"""A file of readers at the desk: looked through, taken in, taken back; the work outlives the page."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from newsletter.app import App
from newsletter.clock import SetClock
from newsletter.web.desk.uploads import views
from newsletter.web.desk.uploads.shelf import Shelf, Stage
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.models import Import, Subscriber, Subscription, SubscriptionEvent
from subscribers.signup import SignUp, sign_up
from tests.conftest import SECRET
from tests.web_desk.conftest import EMAIL, SITE, DeskClient

LIST = "email;name\nbjorn@home.example;Bj\u00f6rn\nnonsense;=1+1\nzoe@home.example;Zo\u00eb\n".encode("cp1252")


def _send(desk: DeskClient, octets: bytes, name: str = "readers.csv") -> str:
    """Upload a file, and wait until it is looked through. Return the address of its page."""
    desk.get("/desk/readers/imports")
    token = str(desk.soup.select("input[name=csrf_token]")[0]["value"])
    fields = {"csrf_token": token, "newsletter": "evening", "file": (io.BytesIO(octets), name)}
    desk.page = desk.http.post("/desk/readers/imports", data=fields, base_url=SITE, headers={"Origin": SITE})
    assert desk.page.status_code == 303, desk.page.text
    return _wait(desk)


def _wait(desk: DeskClient) -> str:
    """Follow an answer, and load the page again until the work is done."""
    desk.follow()
    assert desk.page is not None
    path = desk.page.request.path
    for _ in range(500):
        if not desk.soup.select("meta[http-equiv=refresh]"):
            return path
        threading.Event().wait(0.02)
        desk.get(path)
    raise AssertionError("the work is never done")


def _readers(app: App) -> list[tuple[str, str]]:
    with app.database.reading() as rows:
        wanted = select(Subscriber.email, Subscription.state).join(Subscription).order_by(Subscriber.email)
        return [(email, state) for email, state in rows.execute(wanted)]


def test_nothing_is_written_before_the_editor_has_seen_what_it_would_do(app: App, desk: DeskClient) -> None:
    _send(desk, LIST)
    assert "readers.csv" in desk.words
    assert "It looks like a plain list, in cp1252." in desk.words
    assert "New readers, active at once 2 bjorn@home.example , zoe@home.example" in desk.words
    assert "Refused: no e-mail address 1" in desk.words
    assert _readers(app) == []
    [link] = desk.soup.select(".downloads a")
    with desk.get(str(link["href"])) as refused:
        line = refused.get_data(as_text=True).splitlines()[1]
    assert (line[:20], line[-14:]) == ("3,no e-mail address,", "nonsense,'=1+1")


def test_it_is_taken_in_with_its_proof_and_taken_back(app: App, desk: DeskClient) -> None:
    path = _send(desk, LIST)
    desk.press("Take in 2 readers", consent=" ")
    desk.follow()
    assert "Say how these readers agreed" in desk.words
    desk.press("Take in 2 readers", consent="signed at the fair")
    _wait(desk)
    assert "Taken in, as import 1" in desk.words
    assert _readers(app) == [("bjorn@home.example", "active"), ("zoe@home.example", "active")]
    with app.database.reading() as rows:
        [first, _] = rows.scalars(select(SubscriptionEvent))
        assert (first.actor, first.consent_text, first.import_id) == (EMAIL, "signed at the fair", 1)
        assert rows.get_one(Import, 1).actor == EMAIL
    assert "Take in" not in desk.get(path).text  # the rows are dropped once they are in
    desk.get("/desk/readers/imports")
    desk.press("Undo import 1")
    _wait(desk)
    assert "Import 1 is undone: 2 were taken out" in desk.words
    assert {state for _, state in _readers(app)} == {"removed"}
    desk.get("/desk/readers")
    assert [cell.get_text() for cell in desk.soup.select("tbody td")] == ["0", "0", "0", "0"]


def test_the_columns_and_the_encoding_can_be_said_otherwise(app: App, desk: DeskClient) -> None:
    rows = "Kontakt,Wer,Ort\nada@home.example,Ада,Port\n".encode("koi8-r")
    _send(desk, rows)
    assert "Which column holds the addresses is not known; it has: Kontakt, Wer, Ort." in desk.words
    wanted = {"column-1": "email", "column-2": "name", "encoding": "koi8-r", "newsletter": "evening"}
    desk.press("Look again", **wanted)
    _wait(desk)
    assert "ada@home.example" in desk.words
    assert [str(each["value"]) for each in desk.soup.select("select[id^=column] option[selected]")] == [
        "email",
        "name",
    ]
    desk.press("Take in 1 reader", consent="asked")
    _wait(desk)
    with app.database.reading() as found:
        assert found.scalars(select(Subscriber.name)).all() == ["Ада"]


def test_who_left_stays_gone_and_leavers_elsewhere_are_kept_as_such(app: App, desk: DeskClient) -> None:
    with app.database.writing() as rows:
        wish = SignUp("ada@home.example", "evening")
        row = sign_up(rows, app.tokens, wish, Evidence("form"), app.clock.now(), mails_per_day=3)
        unsubscribe(rows, row.id, Evidence("link"), app.clock.now())
    _send(desk, b"email,status\nada@home.example,active\nbo@home.example,bounced\ncy@home.example,left\n")
    for words in ("Refused: has left 1", "Refused: bounced there 1", "Refused: has left there 1"):
        assert words in desk.words
    desk.press("Look again", newsletter="evening", with_leavers="1")
    _wait(desk)
    for words in ("Kept as unsubscribed 1 cy@home.example", "Kept as barred 1 bo@home.example"):
        assert words in desk.words
    assert _readers(app) == [("ada@home.example", "unsubscribed")]


def test_work_that_was_cut_off_is_said_to_be_and_started_again(
    app: App, desk: DeskClient, clock: SetClock
) -> None:
    path = _send(desk, LIST)
    shelf, key = Shelf.of(SECRET), path.rpartition("/")[2]
    shelf.write(replace(shelf.get(key), stage=Stage.TAKING, rows=1))
    assert "You may close this page" in desk.get(path).text
    token = str(desk.soup.select("input[name=csrf_token]")[0]["value"])
    assert desk.post(f"{path}/take", csrf_token=token, consent="x").status_code == 409
    clock.sleep(180)
    desk.get(path)
    assert "was cut off" in desk.words
    desk.press("Look again", newsletter="evening")
    _wait(desk)
    assert "Take in 2 readers" in desk.words


def test_files_are_forgotten_by_hand_and_after_a_day(desk: DeskClient, clock: SetClock, tmp_path: Path) -> None:
    first, second = _send(desk, LIST), _send(desk, LIST)
    desk.press("Forget this file")
    assert desk.get(second).status_code == 404
    clock.sleep(timedelta(days=1, seconds=1).total_seconds())
    desk.get("/desk/sign-in")
    assert [path.stat().st_mode & 0o77 for path in tmp_path.glob("newsletter-*")] == [0]
    Shelf.of(SECRET).tidy(clock.now())
    assert not list(tmp_path.glob("newsletter-*/*"))
    assert first != second


def test_a_file_that_is_too_large_is_refused(desk: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 100_000)
    desk.get("/desk/readers/imports")
    token = str(desk.soup.select("input[name=csrf_token]")[0]["value"])
    fields = {"csrf_token": token, "newsletter": "evening", "file": (io.BytesIO(b"x" * 200_000), "x.csv")}
    answer = desk.http.post("/desk/readers/imports", data=fields, base_url=SITE)
    assert (answer.status_code, "Nothing was kept of it" in answer.text) == (413, True)


def test_a_disk_that_is_full_is_told(desk: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileStorage, "save", full)
    desk.get("/desk/readers/imports")
    token = str(desk.soup.select("input[name=csrf_token]")[0]["value"])
    fields = {"csrf_token": token, "newsletter": "evening", "file": (io.BytesIO(LIST), "x.csv")}
    desk.page = desk.http.post("/desk/readers/imports", data=fields, base_url=SITE)
    desk.follow()
    assert "could not be kept on the server’s disk: No space left on device." in desk.words
    assert not Shelf.of(SECRET).all()


def test_an_empty_file_and_none(desk: DeskClient) -> None:
    _send(desk, b"")
    assert "There are no rows in it." in desk.words
    desk.get("/desk/readers/imports")
    desk.press("Look through it", newsletter="evening")
    desk.follow()
    assert "Choose a file first." in desk.words
