"""`newsletter figures`: tables to read, CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from tests.cli.conftest import Place


@pytest.fixture
def read(place: Place) -> Place:
    """Three were added, two of whom with their consent; one of these left again."""
    for name in ("ada", "cleo"):
        place.ok("subscribers", "add", f"{name}@reader.example", "--confirmed", "at the fair")
    place.ok("subscribers", "add", "ben@reader.example")
    place.ok("subscribers", "unsubscribe", "cleo@reader.example", "--reason", '=HYPERLINK("x")')
    return place


def test_tables_for_people(read: Place) -> None:
    said = read.ok("figures")
    assert "3 (0%)" not in said
    assert "2 (67%)" in said
    assert '=HYPERLINK("x")' in said


def test_everything_as_json(read: Place) -> None:
    told = read.json("figures", "--newsletter", "evening")
    assert (told["newsletter"], len(told["days"])) == ("evening", 30)
    today = told["days"][-1]
    assert (today["signed_up"], today["confirmed"], today["left"], today["growth"], today["active"]) == (
        3,
        2,
        1,
        1,
        1,
    )
    assert told["pages"] == [{"source": "cli", "page": "", "signed_up": 3, "confirmed": 2, "rate": 0.6667}]
    [departure] = told["departures"]
    assert (departure["source"], departure["readers"]) == ("cli", 1)


def test_a_spreadsheet_runs_no_formula_and_keeps_numbers(read: Place) -> None:
    days = list(csv.DictReader(io.StringIO(read.ok("figures", "--csv"))))
    assert (len(days), days[-1]["growth"]) == (30, "1")
    [left] = csv.DictReader(io.StringIO(read.ok("figures", "--csv", "--table", "departures")))
    assert left["reason"] == '\'=HYPERLINK("x")'


def test_any_stretch_of_days(read: Place) -> None:
    today = date.fromisoformat(read.json("figures")["until"])
    words = ("figures", "--since", f"{today - timedelta(days=2)}", "--until", f"{today - timedelta(days=1)}")
    assert [day["active"] for day in read.json(*words)["days"]] == [0, 0]
    assert "Nobody left." in read.ok(*words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--since", "2026-03-02", "--until", "2026-03-01"),
            "--until 2026-03-01 comes before --since 2026-03-02.",
        ),
        (("--since", "yesterday"), "'yesterday' does not match the format"),
        (("--newsletter", "dawn"), 'There is no newsletter "dawn"'),
        (("--csv", "--json"), "Choose one of --csv and --json."),
    ],
)
def test_what_makes_no_sense_is_told(place: Place, words: tuple[str, ...], sentence: str) -> None:
    done = place.run("figures", *words)
    assert (done.exit_code, sentence in done.stderr) == (2, True)
