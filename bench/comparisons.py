"""What `make bench` compares, one function for each name that `--only` takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import smtp_source
from bench.clocks import processor
from bench.databases import Databases
from bench.figures import Book
from bench.newsroom import stationery
from bench.running import Measured, lock_only, measure
from bench.sink import EVERYTHING, Offers

_STAMPED = 20_000
PIPELINING = Offers(chunking=False)
LOCKSTEP = Offers(chunking=False, pipelining=False)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    readers: int = 100_000
    many: int = 1_000_000
    few: int = 10_000
    naive: int = 300
    lockstep: int = 10_000
    rounds: int = 3
    shrink: int = 1  # of the runs with round trips
    connections: int = 10
    window: int = 64


QUICK = Sizes(readers=10_000, many=30_000, few=3_000, naive=30, lockstep=2_000, rounds=1, shrink=10)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a comparison works with."""

    sizes: Sizes
    databases: Databases
    book: Book

    def engine(
        self,
        offers: Offers = EVERYTHING,
        *,
        kind: str = "sqlite",
        readers: int = 0,
        processes: int = 1,
        profile: str = "",
    ) -> Measured:
        """Send an issue to so many readers (as many as the run's size has by default)."""
        with self.databases.fresh(kind, readers or self.sizes.readers) as (url, issue):
            _say(
                f"engine, {kind}, {readers or self.sizes.readers:,} readers, {processes} processes, {offers.words}"
            )
            return measure(
                "engine",
                offers,
                profile=profile,
                url=url,
                issue=issue,
                connections=self.sizes.connections,
                window=self.sizes.window,
                processes=processes,
            )

    def fleet(self, workers: int) -> Measured:
        """Send the issue with so many workers, as on several machines."""
        readers = self.sizes.readers
        with self.databases.fresh("postgresql", readers) as (url, issue):
            _say(f"workers, postgresql, {readers:,} readers, {workers}")
            return measure(
                "fleet",
                url=url,
                issue=issue,
                connections=self.sizes.connections,
                window=self.sizes.window,
                workers=workers,
            )


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


def stamping(bench: Bench) -> None:
    """Filling the letter's holes, and nothing else."""
    paper = stationery()
    values = [paper.values(number) for number in range(_STAMPED)]
    before = processor()
    for each in values:
        paper.letter.stamp(each)
    bench.book.enter("stamping", round((processor() - before) / _STAMPED * 1e6, 1), "µs of CPU per message")


def naive(bench: Bench) -> None:
    """The loop a developer would write."""
    _say("naive loop")
    bench.book.rate("naive", [measure("naive", messages_=bench.sizes.naive)])


def lockstep(bench: Bench) -> None:
    """The best senders that wait for each reply, on one connection: smtplib's, and one over a bare socket."""
    _say("lock-step")
    runs = [measure("smtplib", messages_=bench.sizes.lockstep // 2) for _ in range(bench.sizes.rounds)]
    bench.book.rate("smtplib", runs)
    runs = [measure("lockstep", messages_=bench.sizes.lockstep) for _ in range(bench.sizes.rounds)]
    bench.book.rate("lockstep", runs)


def main(bench: Bench) -> None:
    """The floor, smtp-source and the engine with CHUNKING and with PIPELINING alone, by turns."""
    ways: dict[str, Callable[[], Measured]] = {
        "floor-chunking": lambda: _floor(bench, "chunking"),
        "floor-pipelining": lambda: _floor(bench, "pipelining"),
        "smtp-source": lambda: _smtp_source(bench),
        "sqlite-chunking": bench.engine,
        "sqlite-pipelining": lambda: bench.engine(PIPELINING),
    }
    try:
        smtp_source.find()
    except smtp_source.NotThere as reason:
        _say(str(reason))
        del ways["smtp-source"]
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(bench.sizes.rounds):
        for name, way in ways.items():
            runs[name].append(way())
    for name, found in runs.items():
        bench.book.rate(name, found)


def _floor(bench: Bench, shape: str) -> Measured:
    _say(f"floor, {shape}")
    return measure("floor", distinct=False, messages_=bench.sizes.readers, shape=shape)


def _smtp_source(bench: Bench) -> Measured:
    _say("smtp-source")
    return smtp_source.measure(bench.sizes.readers)


def nothing_offered(bench: Bench) -> None:
    """The engine against a server that offers neither CHUNKING nor PIPELINING."""
    bench.book.rate("sqlite-lockstep", [bench.engine(LOCKSTEP, readers=bench.sizes.few)])


def processes(bench: Bench) -> None:
    """Two sender processes."""
    bench.book.rate("sqlite-chunking-2-processes", [bench.engine(processes=2)])
    bench.book.rate("sqlite-pipelining-2-processes", [bench.engine(PIPELINING, processes=2)])


def postgresql(bench: Bench) -> None:
    """The same on PostgreSQL, with one process and with two, and with one worker and with two."""
    for number in (1, 2):
        name = "postgresql-chunking" if number == 1 else "postgresql-chunking-2-processes"
        bench.book.rate(name, [bench.engine(kind="postgresql", processes=number)])
    for number in (1, 2):
        name = f"postgresql-chunking-{number}-worker{'s' if number > 1 else ''}"
        bench.book.rate(name, [bench.fleet(number)])


def round_trips(bench: Bench) -> None:
    """Ten connections over lines that are 0, 10 and 50 ms long there and back."""
    for delay, steps, piped, chunked in (
        (0, 10_000, 50_000, 100_000),
        (10, 2_000, 8_000, 50_000),
        (50, 500, 2_000, 50_000),
    ):
        shrink = bench.sizes.shrink
        _say(f"lock-step over 10 connections, {delay} ms")
        slow = measure("lockstep", Offers(delay_ms=delay), messages_=steps // shrink, connections=10)
        bench.book.rate(f"lockstep-10-connections-{delay}-ms", [slow])
        for name, offers, readers in (
            ("pipelining", Offers(chunking=False, delay_ms=delay), piped),
            ("chunking", Offers(delay_ms=delay), chunked),
        ):
            run = bench.engine(offers, readers=readers // shrink)
            bench.book.rate(
                f"{name}-{delay}-ms", [run], over_lockstep_at_this_delay=round(run.rate / slow.rate, 1)
            )


def growth(bench: Bench) -> None:
    """Whether a message costs more when there are many of them."""
    found = {readers: bench.engine(readers=readers) for readers in (bench.sizes.few, bench.sizes.many)}
    for readers, run in found.items():
        bench.book.rate(f"sqlite-chunking-{readers}-readers", [run])
    few, many = found[bench.sizes.few], found[bench.sizes.many]
    bench.book.enter(
        "growth", round(many.cpu_us / few.cpu_us, 3), "× CPU per message", wall=round(few.rate / many.rate, 3)
    )


def enqueue(bench: Bench) -> None:
    """How long the lock takes for very many readers, on both databases."""
    for kind in ("sqlite", "postgresql"):
        with bench.databases.fresh(kind, bench.sizes.many) as (url, issue):
            _say(f"lock, {kind}, {bench.sizes.many:,} readers")
            found = lock_only(url=url, issue=issue, connections=1, window=1, processes=1)
        bench.book.enter(f"enqueue-{kind}-{bench.sizes.many}", round(found["lock_seconds"], 2), "s")


COMPARISONS: Mapping[str, Callable[[Bench], None]] = {
    "stamping": stamping,
    "naive": naive,
    "lockstep": lockstep,
    "main": main,
    "nothing-offered": nothing_offered,
    "processes": processes,
    "postgresql": postgresql,
    "round-trips": round_trips,
    "growth": growth,
    "enqueue": enqueue,
}
