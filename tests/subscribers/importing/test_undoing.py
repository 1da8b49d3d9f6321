"""An import can be taken back by its number: whom it brought is removed, and whoever did something since stays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from subscribers.database import Base, open_database
from subscribers.evidence import Evidence
from subscribers.importing import Elsewhere, Refusal, UndoReport, undo, undoing
from subscribers.importing.report import Fate
from subscribers.models import Import as ImportRow
from subscribers.models import Subscriber, Subscription
from subscribers.states import NoSuchTransition
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


_PEOPLE = [f"reader{number}@reader.example" for number in range(6)]
_SOME = st.lists(st.sampled_from(_PEOPLE), max_size=8)
_ACTS: dict[str, Callable[[Register, int], object]] = {
    "chooses": lambda register, mine: register.choose(mine, sections=["city"]),
    "leaves": Register.leave,
    "pauses": lambda register, mine: register.pause(mine, register.now + timedelta(days=7)),
    "complains": Register.complain,
    "is erased": Register.erase,
}
_DATABASE = open_database("sqlite://")


@given(
    here=st.dictionaries(st.sampled_from(_PEOPLE), st.sampled_from(["waits", "reads", "has left"])),
    before=_SOME,
    file=_SOME,
    acts=st.dictionaries(st.sampled_from(_PEOPLE), st.sampled_from(sorted(_ACTS))),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undoing_removes_whom_the_import_brought_and_who_did_nothing_and_touches_nobody_else(
    *, register: Register, here: dict[str, str], before: list[str], file: list[str], acts: dict[str, str]
) -> None:
    Base.metadata.drop_all(_DATABASE.engine)
    Base.metadata.create_all(_DATABASE.engine)
    register = Register(_DATABASE, register.tokens, register.clock)
    for email, how in here.items():
        mine = register.sign_up(email)
        if how != "waits":
            register.confirm(mine)
        if how == "has left":
            register.leave(mine)
    register.bring_in("email", *before)
    report = register.bring_in("email", *file)
    brought = set(file) - set(before) - set(here)
    assert report.added == len(brought)
    histories = _histories(register)
    assert register.bring_in("email", *file).added == 0
    assert _histories(register) == histories  # a second time changes nothing
    numbers = {email: number for email in _PEOPLE if (number := _number(register, email))}
    for email in acts.keys() & numbers.keys():
        with suppress(NoSuchTransition):  # who has yet to confirm can't pause
            _ACTS[acts[email]](register, numbers[email])
    untouched = {numbers[email] for email in brought - set(acts)}
    told = {mine: history for mine, history in _histories(register).items() if mine not in untouched}
    assert _undo(register, report.number).removed == len(untouched)
    after = _histories(register)
    assert {mine: history for mine, history in after.items() if mine not in untouched} == told
    assert all(after[mine] == ("removed", ["imported", "import_undone"]) for mine in untouched)


def _histories(register: Register) -> dict[int, tuple[str, list[str]]]:
    with register.database.reading() as session:
        rows = session.scalars(select(Subscription)).all()
        return {row.id: (row.state, [event.event for event in row.events]) for row in rows}


def _number(register: Register, email: str) -> int | None:
    with register.database.reading() as session:
        mine = select(Subscription.id).join(Subscriber).where(Subscriber.address == email)
        return session.scalars(mine).one_or_none()


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
