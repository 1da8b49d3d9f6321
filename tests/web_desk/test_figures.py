"""The desk's figures: a stretch of days as sums, charts with their tables, pages, reasons, and files."""

from __future__ import annotations

import csv
import io
import json

import pytest

from newsletter.app import App
from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.signup import SignUp, confirm, sign_up
from tests.web_desk.conftest import DeskClient

TIDE = "https://ledger.example/tide?from=<b>"
REASON = "=1+1 جزيل الشكر <b>"


@pytest.fixture
def lively(app: App) -> App:
    """Two signed up on one page, one of whom confirmed, left with a reason."""
    now = app.clock.now()
    with app.database.writing() as rows:
        for name in ("ada", "bob"):
            wish, proof = SignUp(f"{name}@home.example", "evening"), Evidence("form", source_page=TIDE)
            row = sign_up(rows, app.tokens, wish, proof, now, mails_per_day=3)
        confirm(rows, row.id, Evidence("link"), now)
        unsubscribe(rows, row.id, Evidence("one_click"), now, reason=REASON)
    return app


def test_what_happened_these_days(lively: App, desk: DeskClient) -> None:
    assert desk.get("/desk/figures").status_code == 200
    assert "Signed up 2 Confirmed 1" in desk.words
    assert "https://ledger.example/tide 2 1 50%" in desk.words
    assert f"By the mail program’s button {REASON} 1" in desk.words


def test_a_chart_has_a_title_words_and_a_table_behind_it(lively: App, desk: DeskClient) -> None:
    desk.get("/desk/figures?since=2026-03-09&until=2026-03-10")
    charts = desk.soup.select("figure.chart")
    assert [chart.h3.get_text() for chart in charts if chart.h3] == [
        "Active readers",
        "Came and went",
        "Sign-ups and confirmations",
    ]
    for chart in charts:
        told = [desk.soup.find(id=name) for name in str(chart.select("svg[role]")[0]["aria-labelledby"]).split()]
        assert all(words and words.get_text() for words in told)
    cells = [cell.get_text() for cell in charts[2].select("details tbody tr:last-child > *")]
    assert cells == ["Tue 10 Mar 2026", "2", "1"]


def test_a_long_stretch_is_drawn_by_week_and_adds_up(lively: App, desk: DeskClient) -> None:
    desk.get("/desk/figures?since=2025-06-01&until=2026-03-10")
    signed_up = [int(row.select("td")[0].get_text()) for row in desk.soup.select("figure")[2].select("tbody tr")]
    assert (len(signed_up), sum(signed_up)) == (41, 2)


def test_an_empty_register_says_so(desk: DeskClient) -> None:
    desk.get("/desk/figures")
    assert "Nothing has happened in these days" in desk.words
    assert not desk.soup.select("figure")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("since=soon", "“soon” is no day such as 2026-03-10."),
        ("since=2026-03-10&until=2026-03-09", "The last day comes before the first."),
        ("since=2020-01-01", "That is more than 731 days"),
        ("since=0001-01-01&until=0001-01-02", "There are no figures of that time."),
        ("since=9999-12-30&until=9999-12-31", "There are no figures of that time."),
        ("until=0001-01-01", "There are no figures of that time."),
    ],
)
def test_a_stretch_that_makes_no_sense_is_told(desk: DeskClient, asked: str, sentence: str) -> None:
    assert desk.get(f"/desk/figures?{asked}").status_code == 400
    assert sentence in desk.words
    assert desk.get(f"/desk/figures.json?{asked}").status_code == 400


def test_files_for_spreadsheets_and_programs(lively: App, desk: DeskClient) -> None:
    desk.get("/desk/figures?since=2026-03-10&until=2026-03-10&newsletter=evening")
    days, pages, leavers, everything = [str(link["href"]) for link in desk.soup.select(".downloads a")]
    page = desk.get(days)
    assert page.headers["Content-Disposition"] == 'attachment; filename="days-2026-03-10-2026-03-10.csv"'
    [row] = csv.DictReader(io.StringIO(page.text))
    assert (row["date"], row["signed_up"], row["growth"]) == ("2026-03-10", "2", "0")
    assert [one["rate"] for one in csv.DictReader(io.StringIO(desk.get(pages).text))] == ["0.5"]
    assert [one["reason"] for one in csv.DictReader(io.StringIO(desk.get(leavers).text))] == [f"'{REASON}"]
    told = json.loads(desk.get(everything).text)
    assert (told["newsletter"], told["departures"][0]["reason"]) == ("evening", REASON)


def test_what_is_not_there(desk: DeskClient) -> None:
    assert desk.get("/desk/figures/people.csv").status_code == 404
    assert desk.get("/desk/figures?newsletter=dawn").status_code == 404


@pytest.mark.parametrize("path", ["/desk/figures", "/desk/figures/days.csv", "/desk/figures.json"])
def test_only_editors_see_figures(lively: App, stranger: DeskClient, path: str) -> None:
    assert stranger.get(path).status_code == 303
