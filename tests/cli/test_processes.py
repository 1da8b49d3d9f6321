"""The command as a process of its own: the daemon and the pages until SIGTERM, and a pipe that closes early."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO
from urllib.request import urlopen

from newsletter.clock import SystemClock
from tests.cli.conftest import Place
from tests.smtp_server import Deed, SmtpServer, smtp_server


@contextmanager
def started(place: Place, *words: str, stderr: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """Run the command beside the test; it is gone at the end, whatever happened."""
    command = [sys.executable, "-m", "newsletter", "--config", str(place.config), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=place.folder)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines_until(log: IO[str] | None, wanted: str) -> list[str]:
    """Read what is said until a line has the wanted words."""
    seen: list[str] = []
    for line in log or ():
        seen.append(line)
        if wanted in line:
            return seen
    raise AssertionError(f"{wanted!r} never came:\n{''.join(seen)}")


def at_this_hour(place: Place) -> None:
    """Have the evening be due right now, wherever the sun stands."""
    now = SystemClock().now()
    written = place.config.read_text().replace("Europe/Berlin", "UTC")
    for key, minutes in (("17:30", 3), ("18:00", 1)):
        written = written.replace(f'"{key}"', f'"{now - timedelta(minutes=minutes):%H:%M}"')
    place.config.write_text(written)


def by_mail(place: Place, server: SmtpServer) -> None:
    """Have letters leave by SMTP, one at a time."""
    smtp = f'kind = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"'
    written = place.config.read_text().replace('kind = "directory"', smtp)
    place.config.write_text(f"{written}[delivery]\nin_doubt_bound = 1\n")


def test_the_daemon_makes_the_evening_by_itself_and_drains_on_sigterm(place: Place) -> None:
    at_this_hour(place)
    place.ok("subscribers", "add", "ada@reader.example", "--confirmed", "at the fair")
    with started(place, "daemon") as process:
        seen = lines_until(process.stderr, "sending: finished")
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    said = [json.loads(line) for line in [*seen, *rest.splitlines()]]
    assert "draining: what is in flight is finished first" in [line["event"] for line in said]
    assert said[-1]["event"] == "the daemon is down"
    assert any(line["event"] == "next" and "build evening" in line["action"] for line in said)
    assert [row["state"] for row in place.json("issues", "list")] == ["sent"]
    assert len(place.letters()) == 1


def test_two_daemons_by_mistake_make_one_evening(place: Place) -> None:
    at_this_hour(place)
    place.ok("subscribers", "add", "ada@reader.example", "--confirmed", "at the fair")
    reading, writing = os.pipe()
    with (
        os.fdopen(reading) as log,
        started(place, "daemon", stderr=writing) as one,
        started(place, "daemon", stderr=writing) as other,
    ):
        os.close(writing)
        lines_until(log, "sending: finished")
        for process in (one, other):
            process.send_signal(signal.SIGINT)
        assert [process.wait(60) for process in (one, other)] == [0, 0]
    assert [row["state"] for row in place.json("issues", "list")] == ["sent"]
    [delivery] = place.json("deliveries", "ada@reader.example")
    assert (delivery["state"], delivery["attempts"]) == ("accepted", 1)


def test_a_place_that_is_taken_or_none_is_told_in_one_sentence(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with started(place, "serve", "--bind", taken) as process:
            _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told.startswith(f"Error: It can't listen at {taken}: Address already in use; end what listens there")
    with started(place, "serve", "--bind", "nowhere") as process:
        assert '"nowhere" is not a place to listen at' in process.communicate(timeout=60)[1]
    assert process.returncode == 2


def test_the_pages_are_served_until_sigterm(place: Place) -> None:
    with started(place, "serve", "--bind", "127.0.0.1:0") as process:
        [*_, line] = lines_until(process.stderr, "Serving ")
        found = re.search(r"at (http://127\.0\.0\.1:\d+)", line)
        assert found is not None
        with urlopen(f"{found[1]}/healthz", timeout=20) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_pipe_that_closes_early_is_no_failure_worth_a_traceback(place: Place) -> None:
    rows = "".join(f"reader{number}@reader.example\n" for number in range(3_000))
    (place.folder / "readers.csv").write_text(f"email\n{rows}")
    place.ok("subscribers", "import", str(place.folder / "readers.csv"), "--consent", "Letter")
    for words in (["export"], ["list", "--limit", "3000"], ["list", "--limit", "3000", "--json"]):
        with started(place, "subscribers", *words) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr is not None
            assert process.stderr.read() == ""
            process.wait(60)


def test_ctrl_c_while_sending_finishes_the_window_and_the_next_run_the_rest(evening: Place) -> None:
    readers = {f"reader{number}@reader.example" for number in range(5)} | {"ada@reader.example"}
    for reader in readers:
        evening.ok("subscribers", "add", reader, "--confirmed", "at the fair")
    with smtp_server() as server:
        by_mail(evening, server)
        answer = threading.Event()
        server.plan("DOT", Deed(hold=answer))
        with started(evening, "issues", "send", "--json") as process:
            server.wait_for_command("DOT")
            process.send_signal(signal.SIGINT)
            answer.set()
            said, _ = process.communicate(timeout=60)
        report = json.loads(said)
        assert (process.returncode, report["stopped_because"], report["remaining"]) == (3, "stopped", 5)
        assert evening.json("issues", "send")["accepted"] == 5
        assert evening.json("issues", "send")["accepted"] == 0
    assert sorted(server.recipients) == sorted(readers)


def test_ctrl_c_ends_a_long_command_with_one_line_and_130(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"
        feed = f'[[sources]]\nname = "silent"\nkind = "feed"\nurl = "{url}"\n'
        written = place.config.read_text()
        place.config.write_text(f'{written}{feed}[collect]\nallow_hosts = ["127.0.0.1"]\n')
        silent.settimeout(60)
        with started(place, "collect") as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "Stopped; what was finished until then is kept.\n"
