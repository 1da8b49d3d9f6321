"""`make faults`: senders are killed at random instants, again and again, and nobody may be lost.

    an issue in draft | killing: senders die, others go on | the sink's record | auditing: against the ledger

The sink loses replies, says 421, defers and rejects, too. Prints a row a night and one JSON line; exits with 1
when anything was lost, doubled without doubt, or left in doubt beyond window × connections.
"""

from __future__ import annotations

import argparse
import json
import random  # noqa: TID251 - the same seed kills the same again
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench.auditing import Findings, audit, recorded
from bench.databases import Databases
from bench.killing import Night, Plan
from bench.sink import Faults, NoCompiler, Offers, running
from subscribers.database import open_database
from tests.postgres import NoBinaries

_WAYS = {
    "chunking": Offers(),
    "pipelining": Offers(chunking=False),
    "lock-step": Offers(chunking=False, pipelining=False),
}
_COLUMNS = (
    "way",
    "readers",
    "kills",
    "accepted",
    "rejected",
    "in_doubt",
    "swept",
    "most_swept",
    "doubts",
    "doubled",
)


def main() -> None:
    """Read the command line and spend nights until there were enough kills."""
    options = _options()
    chance = random.Random(options.seed)
    total = Findings()
    bound = options.in_doubt_bound or options.connections * options.window
    print(f"seed {options.seed}; at most {bound} in doubt by senders alive at once\n")
    print("".join(f"{name:>12}" for name in (*_COLUMNS, "lost", "seconds")), flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="faults-") as folder, ExitStack() as stack:
            databases = Databases(Path(folder), stack)
            while total.kills < options.kills and not total.wrong:
                way = chance.choice(options.ways)
                found = _night(databases, options, way, chance)
                _print(way, found)
                total.add(found)
    except (NoCompiler, NoBinaries) as trouble:
        sys.exit(f"faults: {trouble}")
    _print("all", total)
    kind = "postgresql" if options.postgres else "sqlite"
    print(json.dumps({"figure": "faults", "seed": options.seed, "database": kind, **asdict(total)}))
    sys.exit(1 if total.wrong else 0)


def _night(databases: Databases, options: argparse.Namespace, way: str, chance: random.Random) -> Findings:
    faults = Faults(options.lose, options.refuse, options.defer, options.reject, seed=chance.randrange(1 << 31))
    record = databases.folder / "record"
    record.unlink(missing_ok=True)
    kind = "postgresql" if options.postgres else "sqlite"
    with databases.fresh(kind, options.readers) as (url, issue):
        with running(_WAYS[way], faults, record) as sink:
            plan = Plan(
                url,
                issue,
                sink.port,
                connections=options.connections,
                window=options.window,
                senders=options.senders,
                in_doubt_bound=options.in_doubt_bound,
            )
            found = Night(plan, lambda: chance.uniform(0.0, options.life)).spend()
        database = open_database(url)
        audit(database, issue, recorded(record), found)
        database.dispose()
    return found


def _print(way: str, found: Findings) -> None:
    words = [way, *(str(getattr(found, name)) for name in _COLUMNS[1:]), str(found.lost), f"{found.seconds:.1f}"]
    print("".join(f"{word:>12}" for word in words), flush=True)
    for sentence in found.wrong[:20]:
        print(f"WRONG: {sentence}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--kills", type=int, default=200, help="how many at least (default: %(default)s)")
    parser.add_argument("--readers", type=int, default=20_000, help="of each issue (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--in-doubt-bound", type=int, help="a smaller bound than window × connections")
    parser.add_argument("--senders", type=int, default=1, help="alive at once")
    parser.add_argument("--life", type=float, default=0.6, help="seconds that a sender lives at most")
    parser.add_argument("--lose", type=float, default=0.0005, help="share of replies that get lost")
    parser.add_argument("--refuse", type=float, default=0.0005, help="share of MAILs answered with 421")
    parser.add_argument("--defer", type=float, default=0.01, help="share of RCPTs put off")
    parser.add_argument("--reject", type=float, default=0.005, help="share of readers rejected")
    parser.add_argument("--ways", nargs="+", choices=list(_WAYS), default=list(_WAYS))
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
