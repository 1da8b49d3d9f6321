"""The counting mail server `sink.c`, compiled when needed and run for as long as a `with` block.

with running(Offers(chunking=False), Faults(lose_replies=0.01)) as sink:
    ...  # send to sink.port
    sink.counts().duplicates
"""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

SOURCE = Path(__file__).with_name("sink.c")
BUILD = Path(__file__).with_name(".build")


class NoCompiler(Exception):
    """There is no C compiler, so there is no sink."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What EHLO tells, and after how many milliseconds each reply leaves (a round trip in the making)."""

    chunking: bool = True
    pipelining: bool = True
    eightbitmime: bool = True
    smtputf8: bool = True
    size: bool = True
    delay_ms: float = 0.0

    @property
    def words(self) -> str:
        """What matters of it, in words."""
        way = "CHUNKING" if self.chunking else "PIPELINING" if self.pipelining else "lock-step"
        return f"{way}, {self.delay_ms:g} ms"

    def options(self) -> list[str]:
        """Return them as `sink.c` takes them."""
        names = {
            "--no-chunking": self.chunking,
            "--no-pipelining": self.pipelining,
            "--no-8bitmime": self.eightbitmime,
            "--no-smtputf8": self.smtputf8,
            "--no-size": self.size,
        }
        return [name for name, is_offered in names.items() if not is_offered] + [f"--delay-ms={self.delay_ms}"]


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong: shares from 0 to 1, and the seed they are drawn from.

    `lose_replies` accepts a message and cuts the line instead of saying so; `refuse_421` answers MAIL with 421 and
    closes; `defer` answers RCPT with 450; `reject` with 550 5.1.1, always for the same addresses.
    """

    lose_replies: float = 0.0
    refuse_421: float = 0.0
    defer: float = 0.0
    reject: float = 0.0
    seed: int = 1

    def options(self) -> list[str]:
        """Return them as `sink.c` takes them."""
        return [f"--{each.name.replace('_', '-')}={getattr(self, each.name)}" for each in fields(self)]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sink has seen.

    `bytes` are octets of bodies as they arrived, dots unstuffed; `refused` RCPTs; `first_at` and `last_at` when
    the first and the last message were accepted, by `time.monotonic`; `cpu` the sink's own seconds of processor.
    """

    messages: int
    recipients: int
    duplicates: int
    bytes: int
    connections: int
    refused: int
    first_at: float
    last_at: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink on 127.0.0.1."""

    port: int
    pid: int

    def counts(self) -> Counts:
        """Return the counts so far; the sink goes on."""
        return Counts(**json.loads(self._ask("XSTATS")))

    def reset(self) -> None:
        """Begin counting anew, with an empty set of recipients."""
        self._ask("XRESET")

    def _ask(self, verb: str) -> str:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as client:
            return client.docmd(verb)[1].decode()


NOTHING = Faults()
EVERYTHING = Offers()


def build() -> Path:
    """Return the program, compiled anew when its source is newer. Raises NoCompiler."""
    program = BUILD / "sink"
    if program.exists() and program.stat().st_mtime >= SOURCE.stat().st_mtime:
        return program
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler(
            "the sink needs a C compiler: install one (the package gcc or clang), so that `cc` is found"
        )
    BUILD.mkdir(exist_ok=True)
    draft = BUILD / f"sink.{os.getpid()}"  # several processes may build at once; the last name wins whole
    subprocess.run([compiler, "-O2", "-Wall", "-o", str(draft), str(SOURCE)], check=True, timeout=120)
    draft.replace(program)
    return program


@contextmanager
def running(offers: Offers = EVERYTHING, faults: Faults = NOTHING, record: Path | None = None) -> Iterator[Sink]:
    """Run a sink on a port of the kernel's choice. It ends with the block, or with this process.

    `record` gets a line `recipient TAB message-id TAB FNV-1a of the body` for every message, before its 250 is
    sent. Raises NoCompiler.
    """
    options = [*offers.options(), *faults.options(), "--until-stdin-ends"]
    if record is not None:
        options.append(f"--record={record}")
    process = subprocess.Popen([str(build()), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("pipes were asked for")
    try:
        yield Sink(json.loads(process.stdout.readline())["port"], process.pid)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()
