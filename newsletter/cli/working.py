"""`newsletter worker` and `newsletter workers`: sending on many machines."""

from __future__ import annotations

import os
import signal
import socket
import threading
from dataclasses import asdict
from types import FrameType

import click

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, err, out, write_json, write_table
from newsletter.workers import dispatch
from newsletter.workers.queue import is_for
from newsletter.workers.working import Worker


@click.command(epilog="\b\nExamples:\n  newsletter worker\n  newsletter worker --name cellar-1")
@click.option("--name", metavar="NAME", help="Its name in reports; otherwise the machine's, and a number.")
@pass_context
def worker(context: Context, /, *, name: str | None) -> None:
    """Send what the daemon dispatches.

    Needs PostgreSQL. Start as many as there are cores, on as many machines as you like: they share the work, the
    connections and the pace. Runs until SIGTERM or Ctrl-C, and finishes what is in flight first.
    """
    _require_postgresql(context)
    stop = threading.Event()

    def drain(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's shape
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)
    Worker(context.app, name or f"{socket.gethostname()}-{os.getpid()}").run(stop)


@click.command(epilog="\b\nExamples:\n  newsletter workers\n  newsletter workers --issue evening --json")
@click.option("--issue", metavar="ISSUE", help="Of this issue only: a number, `evening`, or `evening/2026-03-10`.")
@as_json
@pass_context
def workers(context: Context, /, *, issue: str | None, as_json: bool) -> None:
    """Show which workers live, and which did what."""
    _require_postgresql(context)
    app = context.app
    now = app.clock.now()
    with app.database.reading() as session:
        number = naming.issue_named(context, session, issue).id if issue else None
        work_done = dispatch.work_done(session, number)
        done = [asdict(work) | {"last_at": context.local(work.last_at)} for work in work_done]
        alive = [
            {"worker": each.name.removeprefix(dispatch.HEARTBEAT), "heard_of": context.local(each.at)}
            for each in dispatch.living(session, now)
        ]
        problem = dispatch.complaint(session, now)
    if as_json:
        write_json({"alive": alive, "done": done, "problem": problem})
        return
    write_table(alive, ("worker", "heard_of"), empty="No worker lives; start one with `newsletter worker`.")
    out.print()
    columns = ("worker", "issue_id", "jobs", "accepted", "deferred", "rejected", "in_doubt", "last_at")
    write_table(done, columns, empty="No worker has done anything yet.")
    if problem:
        err.print(f"Warning: {problem}.", soft_wrap=True)


def _require_postgresql(context: Context) -> None:
    if not is_for(context.settings.database_url):
        raise click.UsageError(
            "Workers need PostgreSQL, and [database] url names SQLite; there the daemon sends by itself, "
            "in as many processes as [delivery] processes says."
        )
