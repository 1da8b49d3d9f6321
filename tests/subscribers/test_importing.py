"""A CSV into the register, and the register into a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from subscribers.exporting import COLUMNS, rows, write_csv, write_json
from subscribers.finding import Search
from subscribers.importing import Reason, Refusal, taking
from subscribers.importing.report import SHOWN
from subscribers.models import Subscriber, SubscriptionEvent, SuppressionReason
from tests.subscribers.conftest import Register


def _kept(register: Register) -> list[tuple[str, str, str]]:
    with register.database.reading() as session:
        return [
            (row["email"], row["name"], row["sections"]) for row in rows(session, Search(newsletter="evening"))
        ]


@pytest.mark.parametrize(
    "lines",
    [
        ("E-Mail;Name;Sections\n", "ada@reader.example;Ada;city|sport\n"),
        ("\ufeffemail,name,sections\r\n", 'ada@reader.example,Ada,"sport, city"\r\n'),
        ("name\tremarks\taddress\tsections\n", "Ada\tnew\tADA@reader.example \tsport;city\n"),
        ("ada@reader.example,Ada,city;sport",),
        ("\n", ",,\n", "email,name,sections\n", "\n", "ada@reader.example,Ada,city|sport\n", "\n"),
    ],
)
def test_a_file_as_spreadsheets_write_it(register: Register, lines: tuple[str, ...]) -> None:
    report = register.bring_in(*lines)
    assert (report.added, report.unchanged, report.refused) == (1, 0, 0)
    ((email, name, sections),) = _kept(register)
    assert (email.lower(), name, sections) == ("ada@reader.example", "Ada", "city,sport")


def test_the_imported_are_active_with_the_evidence_they_came_with(register: Register) -> None:
    register.bring_in("ada@reader.example\n")
    (event,) = register.events(1)
    assert (register.state(1), event.event, event.source, event.actor) == ("active", "imported", "import", "cli")
    assert (event.consent_text, event.consent_version) == ("agreed on paper", "fair-2025")
    assert register.notices() == []


def test_refused_rows_are_named_by_line_and_reason(register: Register) -> None:
    report = register.bring_in(
        "email,name\n",
        "ada@reader.example,Ada\n",
        "nonsense,X\n",
        '"bob@reader.example","two\n',
        'lines"\n',
        ",Nobody\n",
    )
    assert report.added == 2
    assert [one.line for one in report.refusals] == [3, 6]
    assert report.refusals[1].sentence == "Please enter an e-mail address."


def test_broken_csv_is_refused_and_the_rest_is_taken(register: Register) -> None:
    report = register.bring_in("email,name\n", '"ada@reader.example"x,Ada\n', "bob@reader.example,Bob\n")
    assert (report.added, report.refused) == (1, 1)
    assert report.refusals[0].sentence.startswith("is not CSV")


def test_an_import_never_brings_back_who_must_not_come(register: Register) -> None:
    left, _pending, active = (register.sign_up(f"{name}@reader.example") for name in ("left", "waits", "active"))
    register.leave(left)
    register.confirm(active)
    for reason in SuppressionReason:
        register.suppress(f"{reason}@reader.example", reason)
    names = ["left", "waits", "active", *SuppressionReason, "new", "new"]
    report = register.bring_in("email\n", *(f"{name}@reader.example\n" for name in names))
    assert (report.added, report.unchanged, report.refused) == (1, 2, 6)
    assert {one.line: one.sentence for one in report.refusals} == {
        2: "has left; only the reader can come back",
        3: "has signed up and not confirmed yet",
        5: "is suppressed: bounced",
        6: "is suppressed: complained",
        7: "is suppressed: erased",
        8: "is suppressed: by hand",
    }
    assert [register.state(number) for number in (1, 2, 3)] == ["unsubscribed", "pending", "active"]
    assert register.happened(active) == ["signed_up", "confirmed"]


def test_an_import_changes_no_reader_it_finds(register: Register) -> None:
    mine = register.sign_up(name="Ada", sections=("city",))
    register.confirm(mine)
    report = register.bring_in("email,name,sections\n", "ada@reader.example,Eve,sport\n")
    assert (report.added, report.unchanged) == (0, 1)
    assert (register.subscriber().name, register.sections(mine)) == ("Ada", "city")


def test_a_reader_of_another_newsletter_is_added_to_this_one(register: Register) -> None:
    register.confirm(register.sign_up(newsletter="weekend", name="Ada"))
    assert register.bring_in("email,name\n", "Ada@reader.example,Eve\n").added == 1
    assert (register.size(Subscriber), register.subscriber().name) == (1, "Ada")


def test_a_second_run_adds_nothing(register: Register) -> None:
    lines = ["email\n", *(f"reader{number}@reader.example\n" for number in range(2500))]
    assert register.bring_in(*lines).added == 2500
    again = register.bring_in(*lines)
    assert (again.added, again.unchanged) == (0, 2500)
    assert register.size(SubscriptionEvent) == 2500


def test_unknown_sections_refuse_their_row(register: Register) -> None:
    lines = ["email,sections\n", "ada@reader.example,city\n", "bob@reader.example,city|moon\n"]
    report = register.bring_in(*lines, sections={"city"})
    assert (report.added, report.reasons) == (1, {Reason.UNKNOWN_SECTION: 1})
    assert report.refusals[0].sentence == 'the newsletter has no section "moon"'


def test_it_is_read_as_it_comes_and_tells_how_far_it_is(register: Register) -> None:
    read, told = [], []

    def lines() -> Iterator[str]:
        for number in range(220):
            read.append(number)
            yield f"reader{number}@reader.example\n"

    def progress(done: int) -> None:
        told.append((done, len(read)))

    register.bring_in(lines(), progress=progress, batch=100)
    assert [done for done, _ in told] == [100, 200, 220]
    assert all(read <= done + 100 for done, read in told)  # the next batch, while this one is written


def test_the_report_stays_small_and_every_refused_row_is_told_all_the_same(register: Register) -> None:
    told: list[Refusal] = []
    report = register.bring_in("email,of\n", *("nonsense,club\n" for _ in range(SHOWN + 5)), refused=told.append)
    assert (report.refused, len(report.refusals), len(told)) == (SHOWN + 5, SHOWN, SHOWN + 5)
    assert told[-1].cells == ("nonsense", "club")


def test_an_empty_file(register: Register) -> None:
    assert register.bring_in().added == 0
    assert register.bring_in("email,name\n").added == 0


def test_what_is_exported_says_how_each_stands(register: Register) -> None:
    register.confirm(register.sign_up(name="Ada", sections=("city",), time_zone="Europe/Rome"))
    register.sign_up("bob@reader.example", newsletter="weekend")
    register.suppress("ada@reader.example")
    with register.database.reading() as session:
        everybody, evening = list(rows(session)), list(rows(session, Search(newsletter="evening")))
    assert [row["email"] for row in everybody] == ["ada@reader.example", "bob@reader.example"]
    assert [row["state"] for row in everybody] == ["active", "pending"]
    assert evening[0] == {
        "email": "ada@reader.example",
        "name": "Ada",
        "newsletter": "evening",
        "state": "active",
        "sections": "city",
        "frequency": "daily",
        "hour": "",
        "paused_until": "",
        "language": "",
        "time_zone": "Europe/Rome",
        "tracking": "yes",
        "suppressed": "bounced",
        "created_at": "2026-03-10T16:00:00+00:00",
        "changed_at": "2026-03-10T16:00:00+00:00",
    }


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing_of_an_export(name: str) -> None:
    file = io.StringIO(newline="")
    write_csv([dict.fromkeys(COLUMNS, name)], file)
    file.seek(0)
    (row,) = csv.DictReader(file)
    assert set(row.values()) == {"'" + name}


def test_an_export_can_be_imported_again(register: Register) -> None:
    register.bring_in("email,name,sections\n", "+ada@reader.example,-Ada,city|sport\n", "bob@reader.example,,\n")
    file = io.StringIO(newline="")
    with register.database.reading() as session:
        assert write_csv(rows(session, Search(newsletter="evening")), file) == 2
    file.seek(0)
    assert "'+ada@reader.example,'-Ada" in file.getvalue()
    report = register.bring_in(file, newsletter="copy", chosen={"newsletter": ""})
    assert (report.added, report.refused) == (2, 0)
    assert register.size(Subscriber) == 2


@pytest.mark.parametrize("names", [[], ["Ada"], ["Ada", 'Ødegård "quoted"']])
def test_json_is_one_array(names: list[str]) -> None:
    file = io.StringIO()
    assert write_json([{"name": name} for name in names], file) == len(names)
    assert json.loads(file.getvalue()) == [{"name": name} for name in names]


def test_a_file_that_can_be_read_no_further_says_so_and_what_is_in_stays(any_register: Register) -> None:
    def lines() -> Iterator[str]:
        yield from (f"reader{number}@reader.example\n" for number in range(4))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        any_register.bring_in(lines(), batch=2)
    assert any_register.size(Subscriber) == 4


def test_postgresql_knows_at_once_how_large_its_tables_have_become(
    any_register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_MANY", 2)
    any_register.bring_in("ada@reader.example", "bob@reader.example")
    with any_register.database.reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("SQLite plans without counting")
        known = text("SELECT reltuples FROM pg_class WHERE oid = 'subscribers'::regclass")
        assert session.scalar(known) == 2
