"""Postfix's `smtp-source`, the measure of a sender in C: found on PATH, or fetched into `bench/.build/postfix`.

It sends one fixed body of a size to one address, in lock-step over many sessions, and keeps no books.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.running import Measured, Wrong
from bench.sink import BUILD, EVERYTHING, Offers, running

SESSIONS = 50
SIZE = 30720

_HOME = BUILD / "postfix"
_PROGRAM = Path("usr/sbin/smtp-source")
_LIBRARIES = ("usr/lib/postfix", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu")


class NotThere(Exception):
    """There is no smtp-source; the text says how to get one."""


def find() -> Path:
    """Return the program. Raises NotThere."""
    fetched, installed = _HOME / _PROGRAM, shutil.which("smtp-source")
    if not installed and not fetched.exists():
        raise NotThere(
            "Postfix's smtp-source is not compared: it is not installed (`make bench-tools` fetches it)"
        )
    return Path(installed) if installed else fetched


def measure(messages: int, offers: Offers = EVERYTHING) -> Measured:
    """Run `smtp-source -s 50 -d -l 30720 -m N` against a sink. Raises NotThere and Wrong."""
    program = find()
    with running(offers) as sink:
        options = ["-s", str(SESSIONS), "-d", "-l", str(SIZE), "-m", str(messages)]
        before = time.perf_counter()
        process = subprocess.Popen([str(program), *options, f"127.0.0.1:{sink.port}"], env=_environment())
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        counts = sink.counts()
    if process.returncode or counts.messages != messages:
        raise Wrong(f"smtp-source ended with {process.returncode}, and the sink says {counts}")
    return Measured(messages, seconds, used.ru_utime + used.ru_stime, 0, counts)


def _environment() -> dict[str, str]:
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(str(_HOME / each) for each in _LIBRARIES)}


def fetch() -> None:
    """Unpack Debian's package, and whatever libraries of it the system lacks, below `bench/.build`."""
    if shutil.which("smtp-source") or (_HOME / _PROGRAM).exists():
        return
    packages = BUILD / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    _get("postfix", packages)
    for library in _needed(next(packages.glob("postfix_*.deb"))):
        _get(library, packages)


def _get(package: str, folder: Path) -> None:
    subprocess.run(
        ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package],
        cwd=folder,
        check=True,
        timeout=300,
    )
    subprocess.run(["dpkg-deb", "-x", str(next(folder.glob(f"{package}_*.deb"))), str(_HOME)], check=True)


def _needed(package: Path) -> list[str]:
    told = subprocess.run(["dpkg-deb", "-f", str(package), "Depends"], check=True, capture_output=True, text=True)
    libraries = [each.split()[0] for each in told.stdout.split(", ") if each.startswith("lib")]
    return [
        each
        for each in libraries
        if subprocess.run(["dpkg", "-s", each], check=False, capture_output=True).returncode
    ]


if __name__ == "__main__":
    try:
        fetch()
        print(f"smtp-source: {find()}")
    except (OSError, subprocess.SubprocessError, NotThere) as trouble:
        sys.exit(f"smtp-source could not be fetched: {trouble}")
