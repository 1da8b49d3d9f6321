"""An import can be taken back by its number: whom it brought is removed, and whoever did something since stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscribers.evidence import Evidence
from subscribers.importing import Elsewhere, Refusal, UndoReport, undo, undoing
from subscribers.importing.report import Fate
from subscribers.models import Import as ImportRow
from tests.subscribers.conftest import Register


def _undo(register: Register, number: int | None) -> UndoReport:
    return undo(register.database, number or 0, Evidence("cli", actor="cli"), register.clock.now)


def _row(register: Register, number: int | None) -> ImportRow:
    with register.database.reading() as session:
        return session.get_one(ImportRow, number)


def test_an_import_is_taken_back_and_can_be_brought_again(
    any_register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = any_register
    monkeypatch.setattr(undoing, "BATCH", 2)
    people = [f"reader{number}@reader.example" for number in range(5)]
    number = register.bring_in(*people, file_name="people.csv").number
    assert _undo(register, number) == UndoReport(removed=5)
    assert {register.state(each) for each in range(1, 6)} == {"removed"}
    assert register.happened(1) == ["imported", "import_undone"]
    assert register.events(1)[1].import_id == number
    assert _row(register, number).undone_at == register.now
    again = register.bring_in(*people)
    assert (again.added, again.seen[Fate.BACK]) == (5, people)
    assert (register.state(1), register.happened(1)) == ("active", ["imported", "import_undone", "imported"])


def test_who_did_something_since_stays(any_register: Register) -> None:
    register = any_register
    names = ["chose", "left", "paused", "bounced", "nothing"]
    number = register.bring_in(*(f"{name}@reader.example" for name in names)).number
    mine = dict(zip(names, range(1, 6), strict=True))
    register.choose(mine["chose"], sections=["city"])
    register.leave(mine["left"])
    register.pause(mine["paused"], register.now + timedelta(days=7))
    register.bounce(mine["bounced"])
    assert _undo(register, number) == UndoReport(removed=2, kept=2, left=1)
    states = {name: register.state(at) for name, at in mine.items()}
    assert states == {
        "chose": "active", "left": "unsubscribed", "paused": "active", "bounced": "removed", "nothing": "removed"
    }  # fmt: skip


def test_undoing_again_changes_nothing(register: Register) -> None:
    number = register.bring_in("ada@reader.example").number
    _undo(register, number)
    assert _undo(register, number) == UndoReport(removed_before=1)
    register.bring_in("ada@reader.example")
    assert _undo(register, number) == UndoReport(kept=1)
    assert register.state(1) == "active"


def test_whom_it_did_not_bring_stays(register: Register) -> None:
    register.bring_in("ada@reader.example")
    register.confirm(register.sign_up("bob@reader.example"))
    number = register.bring_in("ada@reader.example", "bob@reader.example", "cleo@reader.example").number
    assert _undo(register, number) == UndoReport(removed=1)
    assert [register.state(each) for each in (1, 2, 3)] == ["active", "active", "removed"]


def test_who_was_kept_as_gone_stays_gone(register: Register) -> None:
    number = register.bring_in("ada@reader.example", everybody=Elsewhere.UNSUBSCRIBED, with_leavers=True).number
    assert _undo(register, number) == UndoReport()
    assert register.state(1) == "unsubscribed"


def test_an_unknown_import_is_said_to_be(register: Register) -> None:
    with pytest.raises(LookupError, match="there is no import 7"):
        _undo(register, 7)


def test_an_import_that_was_cut_off_says_so_and_is_run_again(any_register: Register) -> None:
    register = any_register
    lines = ["email", "ada@reader.example", "nonsense", "bob@reader.example", "cleo@reader.example", "x"]

    def stop(refusal: Refusal) -> None:
        if refusal.line == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        register.bring_in(*lines, batch=2, refused=stop)
    row = _row(register, 1)
    assert (row.finished_at, row.added, row.refused) == (None, 3, 1)
    report = register.bring_in(*lines, batch=2)
    assert (report.added, report.unchanged, _row(register, 2).finished_at) == (0, 3, register.now)
