"""The fault harness in its short form, and that its audit would notice."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.auditing import Copies, Findings, audit, recorded
from newsletter.clock import SetChance, SetClock
from newsletter.domain.delivery import Verdict
from newsletter.settings import Settings
from subscribers.database import Database
from subscribers.tokens import Tokens
from tests.delivery.conftest import House, Script, answering

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(240)  # a process is started for each kill, which takes long on a busy machine
@pytest.mark.skipif(shutil.which("cc") is None, reason="the sink needs a C compiler")
@pytest.mark.parametrize("more", [[], ["--senders", "2"], ["--ways", "lock-step", "--in-doubt-bound", "5"]])
def test_a_dozen_kills_lose_nobody(more: list[str]) -> None:
    options = ["--kills", "12", "--readers", "600", "--life", "0.12", "--seed", "7", "--lose", "0.005", *more]
    command = [sys.executable, "-m", "bench.faults", *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=220, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["kills"] >= 12
    assert (found["lost"], found["wrong"]) == (0, [])
    assert found["accepted"] + found["rejected"] + found["in_doubt"] == found["readers"]
    assert found["doubts"] > 0
    assert found["copies"] <= found["readers"] + found["doubts"]


@pytest.fixture
def house(database: Database, settings: Settings, tokens: Tokens, clock: SetClock, chance: SetChance) -> House:
    """Four readers: two accepted, one of them at the second try, one rejected, one in doubt."""
    house = House(settings, database, tokens, clock, chance)
    for number in range(1, 5):
        house.reader(number)
    house.issue()
    in_doubt = answering(Verdict.IN_DOUBT, 2, 4)
    rejected = answering(Verdict.REJECTED, 3, status="5.1.1")
    house.send(Script(lambda envelope: in_doubt(envelope) or rejected(envelope)))
    house.later(hours=1)
    house.send(Script(answering(Verdict.IN_DOUBT, 4)))
    return house


def true_copies() -> Copies:
    return {reader(1): ["id-1\taa"], reader(2): ["id-2\tbb", "id-2\tbb"]}


def reader(number: int) -> str:
    return f"reader{number}@reader.example"


def wrong(house: House, copies: Copies) -> list[str]:
    found = Findings()
    audit(house.database, house.issue_id, copies, found)
    return found.wrong


def test_what_the_books_explain_is_not_wrong(house: House) -> None:
    assert wrong(house, true_copies()) == []
    assert wrong(house, true_copies() | {reader(4): ["id-4\tdd"]}) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda copies: copies.pop(reader(1)), "reader1@reader.example is accepted and got nothing"),
        (lambda copies: copies[reader(1)].append("id-1\taa"), "reader1@reader.example got 2 with 0 doubts"),
        (lambda copies: copies[reader(2)].append("id-2\tbb"), "reader2@reader.example got 3 with 1 doubts"),
        (
            lambda copies: copies.update({reader(3): ["id-3\tcc"]}),
            "reader3@reader.example is rejected without doubt and got 1",
        ),
        (lambda copies: copies.update({reader(2): ["id-2\tbb", "id-9\tbb"]}), "got copies that differ"),
        (lambda copies: copies.update({reader(2): ["id-2\tbb", "id-2\tbc"]}), "got copies that differ"),
        (lambda copies: copies.update({reader(1): ["id-2\taa"]}), "two readers share a Message-ID"),
        (lambda copies: copies.update({"stranger@reader.example": ["id-8\tee"]}), "nothing was owed"),
    ],
)
def test_what_they_do_not_explain_is(house: House, change: Callable[[Copies], object], sentence: str) -> None:
    copies = true_copies()
    change(copies)
    assert any(sentence in each for each in wrong(house, copies))


def test_who_is_still_owed_is_no_end(house: House) -> None:
    house.issue(day=11)  # not to the one who was rejected
    assert len([each for each in wrong(house, {}) if "is owed in the end" in each]) == 3


def test_the_record_is_read_as_the_sink_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "record"
    file.write_text("a@b.example\t<1@x>\t00ff\nc@d.example\t<2@x>\t00fe\na@b.example\t<1@x>\t00ff\n")
    assert recorded(file) == {"a@b.example": ["<1@x>\t00ff"] * 2, "c@d.example": ["<2@x>\t00fe"]}
