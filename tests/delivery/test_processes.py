"""Several sender processes over one issue, on both databases and against a real SMTP server."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from newsletter.app import Sending, compose
from newsletter.clock import SystemClock
from newsletter.delivery.sending.processes import NoSender, merged, send_in_processes, share, under_way
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.settings import Settings
from tests.delivery import run_sender
from tests.delivery.conftest import House
from tests.smtp_server import Deed, SmtpServer, smtp_server

READERS = 120
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server(SmtpServer(extensions=("PIPELINING", "CHUNKING"))) as server:
        yield server


@pytest.fixture
def crowd(house: House) -> House:
    """The house, and an issue that a hundred and twenty readers are owed."""
    for number in range(11, READERS + 1):
        house.reader(number)
    house.issue(day=11)
    return house


def in_force(house: House, server: SmtpServer, processes: int) -> Settings:
    url = house.database.engine.url.render_as_string(hide_password=False)
    settings = run_sender.settings(url, server.port)
    transport = replace(settings.transport, connections=2)
    delivery = replace(settings.delivery, processes=processes, in_doubt_bound=8)
    return replace(settings, transport=transport, delivery=delivery)


def wait_for_both(server: SmtpServer) -> None:
    """Have the server serve nobody before two have come."""
    together = threading.Event()

    def rule(command: str, argument: str) -> Deed | None:
        if server.commands.count("EHLO") >= 2:
            together.set()
        return Deed(hold=together) if command == "DOT" else None

    server.rule = rule


def test_two_processes_share_the_work_and_nobody_gets_two(crowd: House, server: SmtpServer) -> None:
    seen: list[SendReport] = []
    app = compose(in_force(crowd, server, processes=2))
    wait_for_both(server)
    report = app.send(crowd.issue_id, stop=lambda: False, progress=seen.append)
    assert (report.accepted, report.remaining, report.stopped_because) == (READERS, 0, Ending.FINISHED)
    assert sorted(server.recipients) == sorted(
        f"reader{number}@reader.example" for number in range(1, READERS + 1)
    )
    assert {each.connection for each in server.accepted} == {1, 2}
    assert crowd.books() == {"accepted": READERS}
    assert seen[-1].accepted == READERS
    assert all(before.accepted <= after.accepted for before, after in pairwise(seen))


def test_asked_to_stop_both_finish_what_is_in_flight(crowd: House, server: SmtpServer) -> None:
    wait_for_both(server)
    app = compose(in_force(crowd, server, processes=2))
    report = app.send(crowd.issue_id, stop=lambda: len(server.accepted) >= 4)
    assert report.stopped_because in {Ending.STOPPED, Ending.FINISHED}
    assert report.accepted == len(server.accepted)
    assert crowd.books().get("claimed", 0) == 0
    assert crowd.books()["accepted"] == len(server.accepted)


def test_a_child_that_is_killed_takes_nobody_with_it(crowd: House, server: SmtpServer) -> None:
    wait_for_both(server)
    job = Sending(in_force(crowd, server, processes=2), crowd.issue_id)
    report = send_in_processes(
        Dying(job, dies=0), 2, stop=lambda: False, progress=lambda _: None, clock=SystemClock()
    )
    assert report.stopped_because is Ending.NOTHING_DUE
    assert "died (-9)" in report.detail
    lost = crowd.books()["claimed"]
    assert 1 <= lost <= 4
    assert crowd.books()["accepted"] == READERS - lost


def test_without_any_sender_there_is_one_sentence(crowd: House, server: SmtpServer) -> None:
    with pytest.raises(NoSender, match="RuntimeError: no ink"):
        send_in_processes(fail, 2, stop=lambda: False, progress=lambda _: None, clock=SystemClock())


@pytest.mark.parametrize(
    ("processes", "connections", "bound", "parts"),
    [(4, 2, None, 2), (2, 5, None, 2), (4, 8, 3, 3), (1, 8, 100, 1)],
)
def test_no_more_processes_than_can_do_something(
    settings: Settings, processes: int, connections: int, bound: int | None, parts: int
) -> None:
    configured = replace(
        settings,
        transport=replace(settings.transport, kind="smtp", connections=connections),
        delivery=replace(settings.delivery, processes=processes, in_doubt_bound=bound),
    )
    assert Sending(configured, 1).parts == parts
    assert Sending(replace(configured, transport=settings.transport), 1).parts == 1  # a folder


@pytest.mark.parametrize(("whole", "parts"), [(5, 2), (2, 2), (160, 3), (7, 7)])
def test_a_limit_is_shared_out_exactly(whole: int, parts: int) -> None:
    shares = [share(whole, part, parts) for part in range(parts)]
    assert (sum(shares), max(shares) - min(shares) <= 1, min(shares) >= 1) == (whole, True, True)


@pytest.mark.parametrize(
    ("endings", "whole"),
    [
        ((Ending.FINISHED, Ending.NOTHING_DUE), Ending.FINISHED),
        ((Ending.NOTHING_DUE, Ending.NOTHING_DUE), Ending.NOTHING_DUE),
        ((Ending.NOT_SENDING, Ending.FINISHED), Ending.NOT_SENDING),
        ((Ending.STOPPED, Ending.NOT_SENDING), Ending.STOPPED),
        ((Ending.LEASE_LOST, Ending.STOPPED), Ending.LEASE_LOST),
        ((Ending.LINE_DOWN, Ending.LEASE_LOST), Ending.LINE_DOWN),
        ((Ending.REFUSED, Ending.LINE_DOWN), Ending.REFUSED),
    ],
)
def test_of_two_endings_the_graver_counts(endings: tuple[Ending, Ending], whole: Ending) -> None:
    reports = [SendReport(stopped_because=ending) for ending in endings]
    assert merged(reports).stopped_because is merged(reports[::-1]).stopped_because is whole


def test_reports_add_up() -> None:
    first = SendReport(5, 1, 2, 1, 0, 9, Ending.LINE_DOWN, "down", NOON + timedelta(minutes=1), 2)
    second = SendReport(7, 0, 0, 0, 3, 4, Ending.LINE_DOWN, "down", NOON, 1)
    assert merged([first, second]) == SendReport(12, 1, 2, 1, 3, 4, Ending.LINE_DOWN, "down", NOON, 2)
    assert merged([first, SendReport()]).try_again_at == first.try_again_at


def test_what_remains_is_told_while_they_work() -> None:
    first, second = SendReport(accepted=30, remaining=70), SendReport(accepted=20, remaining=80)
    assert under_way([first, second, SendReport()]).remaining == 50


@dataclass(frozen=True)
class Dying:
    """A job whose child of that number is killed once it has claimed something."""

    job: Sending
    dies: int

    def __call__(
        self, part: int, parts: int, *, stop: Callable[[], bool], progress: Callable[[SendReport], None]
    ) -> SendReport:
        def tell(report: SendReport) -> None:
            progress(report)
            if part == self.dies and report.accepted:
                os.kill(os.getpid(), signal.SIGKILL)

        return self.job(part, parts, stop=stop, progress=tell)


def fail(part: int, parts: int, *, stop: Callable[[], bool], progress: Callable[[SendReport], None]) -> SendReport:
    raise RuntimeError("no ink")
