"""Servers that are started for a test: their ports, the moment they answer, and their end."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.clock import SystemClock

_TRIES = 1_200  # of 50 ms: a minute, for a start on a busy machine


def free_port() -> int:
    """Return a port that the kernel says is free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def listening(*ports: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once all ports take connections. Raises RuntimeError with the log if the server does not come up."""
    for _ in range(_TRIES):
        if all(_takes(port) for port in ports):
            return
        if process.poll() is not None:
            break
        SystemClock().sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen: {log.read_text() if log.exists() else ''}")


def _takes(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the server when the block ends."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
