"""This machine: zones, database and disk, looked at as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter.clock import SetClock
from newsletter.doctor.diagnosis import Health
from newsletter.doctor.examining import CHECKS, examine
from newsletter.migrations import current, head, upgrade
from subscribers.database import Database, open_database
from tests.doctor.conftest import Practice


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_zone_data_grow_old(practice: Practice) -> None:
    assert [each.health for each in practice.says("zones")] == [Health.FINE]
    practice.patient = replace(practice.patient, clock=SetClock(datetime(2036, 1, 1, tzinfo=UTC)))
    (said,) = practice.says("zones")
    assert (said.health, "countries have changed" in said.sentence) == (Health.WARNING, True)


def test_a_database_of_another_revision(practice: Practice) -> None:
    assert practice.lines("database")[0][0] == "stop"


def test_a_database_as_it_should_be(practice: Practice, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'whole.db'}"
    upgrade(url)
    database = open_database(url)
    practice.patient = replace(practice.patient, database=database, revisions=(current(database), head()))
    said = practice.says("database")
    practice.patient.database.dispose()
    assert {each.health for each in said} == {Health.FINE}
    assert "The database's file is whole." in [each.sentence for each in said]


@pytest.mark.postgres
def test_postgresql_tells_its_version_and_size(practice: Practice, postgresql: Database) -> None:
    practice.patient = replace(practice.patient, database=postgresql)
    assert "PostgreSQL" in practice.says("database")[-1].sentence
    (room,) = practice.says("disk")
    assert (room.health, "MB; the room" in room.sentence) == (Health.UNKNOWN, True)


@pytest.mark.parametrize(
    ("free", "health"), [(10**12, Health.FINE), (250_000_000, Health.WARNING), (201_000_000, Health.STOP)]
)
def test_room_for_the_next_issues(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, free: int, health: Health
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**13, 0, free))
    assert [each.health for each in practice.says("disk")] == [health]


def test_a_check_that_breaks_leaves_the_others(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(patient: object) -> list[object]:
        raise RuntimeError("no")

    monkeypatch.setitem(CHECKS, "zones", broken)
    found = {each.check: each for each in examine(practice.patient, ["zones", "disk"])}
    assert found["zones"].health is Health.UNKNOWN
    assert "RuntimeError: no" in found["zones"].sentence
    assert "disk" in found
