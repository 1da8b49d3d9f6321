"""`make bench`: run the comparisons, print a JSON line per figure as it comes and a table at the end."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import profiling
from bench.comparisons import COMPARISONS, QUICK, Bench, Sizes
from bench.databases import Databases
from bench.documenting import machine, markdown, put
from bench.figures import HEADINGS, Book
from bench.running import Wrong
from bench.sink import NoCompiler
from tests.postgres import NoBinaries


def main() -> None:
    """Read the command line and measure."""
    options = _options()
    sizes = QUICK if options.quick else Sizes()
    for name in ("readers", "many", "rounds", "connections", "window"):
        if (given := getattr(options, name)) is not None:
            sizes = replace(sizes, **{name: given})
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
            bench = Bench(sizes, Databases(Path(folder), stack), Book())
            if options.what == "profile":
                told = profiling.profile(bench, Path(folder) / "profile")
            else:
                told = _compared(bench, options.only or list(COMPARISONS))
        if options.into:
            put(options.into, options.what, told)
    except (Wrong, NoCompiler, NoBinaries, ValueError) as trouble:
        sys.exit(f"bench: {trouble}")


def _compared(bench: Bench, names: list[str]) -> str:
    try:
        for name in names:
            COMPARISONS[name](bench)
    finally:
        bench.book.print_table()
    return f"{machine()}\n\n{markdown(HEADINGS, bench.book.rows())}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("compare", "profile"), default="compare")
    parser.add_argument("--quick", action="store_true", help="small sizes: less than a minute, rough figures")
    parser.add_argument(
        "--only", nargs="+", choices=list(COMPARISONS), metavar="NAME", help=", ".join(COMPARISONS)
    )
    parser.add_argument("--readers", type=int, help="of the main comparison")
    parser.add_argument("--many", type=int, help="readers of the largest run")
    parser.add_argument("--rounds", type=int, help="of the main comparison, whose medians count")
    parser.add_argument("--connections", type=int)
    parser.add_argument("--window", type=int, help="messages in flight on each connection")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help="put the result between its marks in docs/performance.md"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
