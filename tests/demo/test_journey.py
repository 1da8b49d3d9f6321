"""The whole product on one machine: the journey by itself, and the demo that stays up."""

from __future__ import annotations

import threading
from io import StringIO
from pathlib import Path

from rich.console import Console

from newsletter.clock import SetChance, SystemClock
from newsletter.demo.mailbox import Mailbox
from newsletter.demo.run import run_demo
from newsletter.demo.stage import ANY_PORTS, clear, set_up
from newsletter.shipped import example_config


def play(folder: Path, *, once: bool = False, fresh: bool = False) -> tuple[int, str]:
    stop, out = threading.Event(), StringIO()
    stop.set()  # a demo that would stay up closes at once
    console = Console(file=out, width=160)
    code = run_demo(once=once, folder=folder, fresh=fresh, ports=ANY_PORTS, stop=stop, console=console)
    return code, out.getvalue()


def test_the_journey_ends_well(tmp_path: Path) -> None:
    code, told = play(tmp_path, once=True)
    assert code == 0, told
    assert "16" in told
    assert "ada@example.org, bjoern@example.net" in told
    assert "carla@example.com (never confirmed)" in told


def test_the_journey_leaves_five_mails_and_can_be_made_again(tmp_path: Path) -> None:
    for _ in range(2):
        code, told = play(tmp_path, once=True)
        assert code == 0, told
    mails = Mailbox(tmp_path / "once" / "mailbox")
    assert sorted(mail.recipient for mail in mails.mails()) == sorted(
        ["ada@example.org"] * 2 + ["bjoern@example.net"] * 2 + ["carla@example.com"]
    )
    mails.stop()


def test_the_demo_says_where_everything_is(tmp_path: Path) -> None:
    code, told = play(tmp_path)
    assert code == 0, told
    for words in (
        "/sport/derby",
        "/subscribe/evening",
        "/desk/",
        "editor@ledger.example",
        "Send now",
        str(tmp_path),
    ):
        assert words in told


def test_what_was_done_is_there_at_the_next_start(tmp_path: Path) -> None:
    play(tmp_path)
    key = (tmp_path / "secret.key").read_text()
    code, told = play(tmp_path)
    assert (code, (tmp_path / "secret.key").read_text()) == (0, key)
    assert "Send now" in told


def test_two_demos_do_not_play_in_one_folder(tmp_path: Path) -> None:
    with set_up(tmp_path, example_config(), ports=ANY_PORTS, clock=SystemClock(), chance=SetChance()):
        code, told = play(tmp_path)
    assert code == 1
    assert "a demo already plays in" in told


def test_a_fresh_start_removes_only_what_the_demo_made(tmp_path: Path) -> None:
    play(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    clear(tmp_path)
    assert not (tmp_path / "newsletter.db").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"
