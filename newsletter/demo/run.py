"""`newsletter demo`: everything up until Ctrl-C, or the journey by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from newsletter import shipped
from newsletter.clock import Chance, Clock, SystemChance, SystemClock
from newsletter.config import ConfigError
from newsletter.daemon import Daemon
from newsletter.demo import evening
from newsletter.demo.browser import PageFailed
from newsletter.demo.journey import JourneyFailed, Report, journey
from newsletter.demo.stage import ANY_PORTS, FolderInUse, Ports, Stage, clear, set_up
from newsletter.editors import accounts
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.migrations import DatabaseTooNew

EDITOR = "editor@ledger.example"
_AFRESH = "start with [bold]newsletter demo --fresh[/]"


def run_demo(
    *,
    once: bool,
    folder: Path,
    fresh: bool = False,
    example: Path | None = None,
    ports: Ports | None = None,
    stop: threading.Event | None = None,
    clock: Clock | None = None,
    chance: Chance | None = None,
    console: Console | None = None,
) -> int:
    """Play the demo in `folder` and return the exit code: 0, or 1 with one sentence printed.

    With `once`, make the journey in `folder`/once, which is cleared first, and return. Otherwise stay up until
    Ctrl-C, SIGTERM or `stop`; what was done is there again at the next start, unless `fresh`.
    """
    console = console or Console()
    place = folder / "once" if once else folder
    wanted = ANY_PORTS if once else Ports()
    try:
        if once or fresh:
            clear(place)
        example = example or shipped.example_config()
        clock, chance = clock or SystemClock(), chance or SystemChance()
        with set_up(place, example, ports=ports or wanted, clock=clock, chance=chance) as stage:
            if once:
                _report(stage, journey(stage, console), console)
            else:
                _stay(stage, console, stop or threading.Event())
    except (ConfigError, DatabaseTooNew, FolderInUse, JourneyFailed, PageFailed) as error:
        console.print(f"[bold red]The demo failed:[/] {escape(str(error))}", soft_wrap=True)
        return 1
    return 0


def _stay(stage: Stage, console: Console, stop: threading.Event) -> None:
    with console.status("Collecting the day's articles and building tonight's issue …"):
        for report in evening.collect_articles(stage):
            if report.error:
                console.print(f"[yellow]{escape(report.name)} could not be collected:[/] {escape(report.error)}")
        issue = evening.build(stage)
    password = _editor(stage)
    console.print(_panel(stage, issue, password))
    kept = escape(str(stage.mailbox.folder.parent.resolve()))
    console.print(f"Database and mail are kept in {kept}", soft_wrap=True)
    with _signals(stop), _daemon(stage, stop):
        stop.wait()
    console.print("Closed. What you did is there again at the next start.")


@contextmanager
def _daemon(stage: Stage, stop: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=Daemon(stage.app).run, args=(stop,), name="daemon")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    # Only the main thread may listen for signals; a test that runs the demo in another has `stop`.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _editor(stage: Stage) -> str:
    """Give the demo's editor an account, or a new password, and return it."""
    password = stage.app.chance.token(9)
    with stage.app.database.writing() as session:
        if accounts.find(session, EDITOR):
            accounts.set_password(session, EDITOR, password, stage.app.clock.now())
        else:
            accounts.add_editor(session, EDITOR, "The demo's editor", password, stage.app.clock.now())
    return password


def _panel(stage: Stage, issue: IssueRow, password: str) -> Panel:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    slug = stage.newsletter.slug
    for name, url in (
        ("The newspaper", f"{stage.newsroom_url}/"),
        ("An article", f"{stage.newsroom_url}{stage.lead.path}"),
        ("The mailbox", f"{stage.mailbox_url}/"),
        ("Sign-up page", f"{stage.web_url}/subscribe/{slug}"),
        ("The desk", f"{stage.web_url}/desk/"),
    ):
        table.add_row(name, f"[link={url}]{url}[/link]")
    table.add_row("  sign in with", f"{EDITOR}   [bold]{escape(password)}[/]")
    table.add_row()
    for number, step in enumerate(_steps(issue), start=1):
        table.add_row(f"Try this, {number}" if number == 1 else f"          {number}", step)
    return Panel(
        table,
        title=f"{stage.newsletter.title} is up",
        subtitle="Ctrl-C ends it",
        border_style="cyan",
        expand=False,
    )


def _steps(issue: IssueRow) -> Iterator[str]:
    yield "Open the article and sign up in the form under it, with any address."
    yield "Find the mail that asks you to confirm in the mailbox, and confirm."
    if issue.state == IssueState.SENT:
        yield f"Tonight's issue went out in an earlier run: {_AFRESH} for a new evening."
    elif issue.state == IssueState.SKIPPED:
        yield f"There is no issue tonight: {escape(issue.reason)} Then {_AFRESH}."
    else:
        yield "Sign in at the desk, open tonight's issue, and press “Send now”."
    yield "Read it in the mailbox: as HTML, on a phone, as text; look at its headers."
    yield "Press “Unsubscribe with one click” there, as mailbox providers do, and sign up again."


def _report(stage: Stage, report: Report, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    table.add_row("Articles collected", str(report.articles))
    table.add_row("Tonight's issue", escape(report.subject))
    table.add_row("Delivered", ", ".join(report.delivered))
    table.add_row("Skipped", "\n".join(f"{email} ({why})" for email, why in report.skipped))
    console.print(Panel(table, title=stage.newsletter.title, border_style="green", expand=False))
    console.print(f"The mails are in {escape(str(stage.mailbox.folder.resolve()))}", soft_wrap=True)
