"""Whoever is gone stays gone, however their address is written. A dry run says what comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers.database import Base, open_database
from subscribers.importing import Elsewhere, ImportReport, Reason
from subscribers.importing.report import Fate
from subscribers.models import Import as ImportRow
from subscribers.models import Subscriber, SubscriptionEvent, Suppression, SuppressionReason
from tests.subscribers.conftest import Register

SPELLINGS = [
    "ada.nwosu@bücher.example",
    " Ada.Nwosu@BÜCHER.example ",
    "ADA.NWOSU@xn--bcher-kva.example",
    '"ada.nwosu@bücher.EXAMPLE"',
]


@pytest.mark.parametrize("how", ["left", "bounced", "complained", "erased", "by hand"])
@pytest.mark.parametrize("written", SPELLINGS)
def test_who_is_gone_is_never_brought_back(any_register: Register, how: str, written: str) -> None:
    register = any_register
    mine = register.sign_up(SPELLINGS[0])
    register.confirm(mine)
    acts: dict[str, Callable[[int], object]] = {
        "left": register.leave,
        "bounced": register.bounce,
        "complained": register.complain,
        "erased": register.erase,
        "by hand": lambda _: register.suppress(SPELLINGS[0], SuppressionReason.BY_HAND),
    }
    acts[how](mine)
    before = (register.state(mine), register.happened(mine))
    for dry in (True, False):
        report = register.bring_in("email", written, dry=dry)
        assert (report.added, report.refused) == (0, 1)
    assert (register.state(mine), register.happened(mine)) == before
    assert register.size(Subscriber) == 1


def test_who_came_here_by_themselves_stays_though_gone_there(any_register: Register) -> None:
    register = any_register
    mine = register.sign_up()
    register.confirm(mine)
    for how in (Elsewhere.UNSUBSCRIBED, Elsewhere.BOUNCED, Elsewhere.COMPLAINED):
        report = register.bring_in("ada@reader.example", everybody=how, with_leavers=True)
        assert report.reasons == {Reason.CAME_THEMSELVES: 1}
    assert (register.state(mine), register.size(Suppression)) == ("active", 0)


def test_whom_an_import_brought_leaves_when_a_later_file_says_that_they_left(any_register: Register) -> None:
    register = any_register
    register.bring_in("ada@reader.example", "bob@reader.example")
    report = register.bring_in("ada@reader.example", everybody=Elsewhere.UNSUBSCRIBED, with_leavers=True)
    assert report.fates == {Fate.LEFT: 1}
    assert (register.state(1), register.happened(1)) == ("unsubscribed", ["imported", "unsubscribed"])
    report = register.bring_in("bob@reader.example", everybody=Elsewhere.COMPLAINED, with_leavers=True)
    assert report.fates == {Fate.BARRED: 1}
    assert register.bring_in("ada@reader.example", "bob@reader.example").refused == 2


def test_of_two_rows_about_somebody_the_one_that_says_they_left_counts(register: Register) -> None:
    rows = ["email,status", "ada@reader.example,active", "Ada@reader.example,unsubscribed"]
    report = register.bring_in(*rows, with_leavers=True)
    assert report.fates == {Fate.LEFT: 1, Fate.UNCHANGED: 1}


def test_a_dry_run_remembers_what_its_earlier_batches_would_have_done(any_register: Register) -> None:
    register = any_register
    people = ["new,active", "new,left", "new,active", "gone,bounced", "gone,active", "two,left", "two,bounced"]
    rows = ["email,status", *(row.replace(",", "@reader.example,") for row in people)]
    foreseen = register.bring_in(*rows, dry=True, batch=1, with_leavers=True)
    assert foreseen.fates == {Fate.NEW: 1, Fate.LEFT: 2, Fate.BARRED: 2}
    assert foreseen.reasons == {Reason.LEFT: 1, Reason.SUPPRESSED: 1}
    assert _counted(register.bring_in(*rows, batch=1, with_leavers=True)) == _counted(foreseen)


_PEOPLE = [f"reader{number}@reader.example" for number in range(6)]
_LINES = st.lists(
    st.tuples(st.sampled_from([*_PEOPLE, "nonsense"]), st.sampled_from(["", "active", "left", "bounced", "odd"])),
    max_size=12,
)
_DATABASE = open_database("sqlite://")


def _counted(report: ImportReport) -> tuple[object, ...]:
    return report.fates, report.reasons, report.seen, report.refusals


@given(
    before=_LINES,
    lines=_LINES,
    size=st.integers(1, 5),
    with_leavers=st.booleans(),
    gone=st.sets(st.integers(0, 5)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_dry_run_says_what_comes_and_writes_nothing(
    *,
    register: Register,
    before: list[tuple[str, str]],
    lines: list[tuple[str, str]],
    size: int,
    with_leavers: bool,
    gone: set[int],
) -> None:
    Base.metadata.drop_all(_DATABASE.engine)
    Base.metadata.create_all(_DATABASE.engine)
    register = Register(_DATABASE, register.tokens, register.clock)
    for number in gone:
        register.leave(register.sign_up(_PEOPLE[number]))
    register.bring_in("email,status", *(f"{email},{status}" for email, status in before), with_leavers=True)
    rows = ["email,status", *(f"{email},{status}" for email, status in lines)]
    tables = (Subscriber, SubscriptionEvent, Suppression, ImportRow)
    sizes = [register.size(table) for table in tables]
    foreseen = register.bring_in(*rows, dry=True, batch=size, with_leavers=with_leavers)
    assert [register.size(table) for table in tables] == sizes
    assert _counted(register.bring_in(*rows, batch=size, with_leavers=with_leavers)) == _counted(foreseen)
