"""`newsletter serve` started for a measurement, on a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.newsroom import SECRET
from newsletter.clock import SystemClock
from tests.postgres import postgres

CONFIG = """
[site]
name = "Bench"
base_url = "http://127.0.0.1:{port}"
time_zone = "UTC"
postal_address = "nowhere"
[database]
url = "{url}"
[transport]
kind = "directory"
[web]
port = {port}
[signup]
minimum_time = 0
check_dns = false
per_network = "1000000 per hour"
per_address = "1000000 per hour"
[[newsletters]]
slug = "evening"
title = "The Evening"
from_address = "evening@bench.example"
build_at = "17:30"
send_at = "18:00"
[[sources]]
name = "none"
kind = "folder"
path = "stories"
"""


@contextmanager
def database_url(*, on_postgres: bool) -> Iterator[str]:
    """Yield the address of an empty database."""
    if on_postgres:
        with postgres() as server:
            server.execute("CREATE DATABASE bench")
            yield server.url("bench")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


@contextmanager
def served(url: str, more: str = "", workers: int = 1) -> Iterator[int]:
    """Run the server, with `more` of the configuration, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(port=port, url=url) + more)
        command = [sys.executable, "-m", "newsletter", "--config", str(config), "serve", "--workers", str(workers)]
        server = subprocess.Popen(command, env=os.environ | {"NEWSLETTER_SECRET": SECRET})
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            SystemClock().sleep(0.1)
        else:
            return
    sys.exit("the server did not come up")
