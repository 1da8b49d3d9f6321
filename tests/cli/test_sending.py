"""What the terminal shows while an issue is sent."""

from __future__ import annotations

import signal
import threading

import pytest
from rich.console import Console

from newsletter.cli.sending import LINE_EVERY, Board, Rate, picture, told
from newsletter.delivery.sending.report import SendReport
from tests.cli.conftest import Place
from tests.cli.test_processes import by_mail, lines_until, started
from tests.smtp_server import Deed, smtp_server


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.note(0.0, 0) == 0
    assert rate.note(2.0, 200) == 100
    assert rate.note(6.0, 1000) == pytest.approx(1000 / 6)
    assert rate.note(10.0, 3000) == pytest.approx((3000 - 200) / 8)
    assert rate.note(60.0, 3000) == 0


def test_all_that_matters_is_told_in_two_lines() -> None:
    report = SendReport(accepted=60_000, deferred=7, rejected=3, in_doubt=2, withdrawn=1, remaining=39_994)
    far, what = told(report, 10_000.0)
    assert far == "60,006 of 100,000 done · 10,000 messages/s · 4 s left"
    assert what == "accepted 60,000 · deferred 7 · rejected 3 · in doubt 2 · withdrawn 1"
    assert told(SendReport(accepted=5), 0.0)[0] == "5 of 5 done · 0 messages/s"


def test_in_a_terminal_a_bar_stands_above_the_lines() -> None:
    report = SendReport(accepted=30, remaining=30)
    console = Console(width=80, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(picture(report, told(report, 10.0)))
    bar, far, what = (line.rstrip() for line in captured.get().splitlines())
    assert bar == "━" * 30  # half of it
    assert (far, what.partition(" · ")[0]) == ("30 of 60 done · 10 messages/s · 3 s left", "accepted 30")


def test_without_a_terminal_a_line_is_said_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    at = [100.0]
    board = Board(lambda: at[0], at[0])
    for second in range(25):
        at[0] = 100.0 + second
        board.show(SendReport(accepted=second * 10, remaining=250 - second * 10))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 24 // LINE_EVERY
    assert lines[0].startswith("100 of 250 done · 10 messages/s · 15 s left · accepted 100 · ")


def test_a_second_ctrl_c_stops_at_once_and_says_what_is_in_doubt(evening: Place) -> None:
    with smtp_server() as server:
        by_mail(evening, server)
        answer = threading.Event()
        server.plan("DOT", Deed(hold=answer))
        with started(evening, "issues", "send") as process:
            server.wait_for_command("DOT")
            process.send_signal(signal.SIGINT)
            lines_until(process.stderr, "Ctrl-C again stops at once.")
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
        answer.set()
    assert process.returncode == 130
    assert "is in doubt when its lease is over, in 10 min: see `newsletter deliveries" in told
    assert "being sent at this moment" in evening.ok("deliveries", "ada@reader.example")
