"""`newsletter suppressions`: addresses that must not be mailed, exchanged with files and providers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import IO

import click

from newsletter.app import App
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err, out, write_json, write_table
from newsletter.feedback.exchanging import barred, to_list
from newsletter.transports.api.lists.listed import Listed, Why
from newsletter.transports.api.lists.lists import LISTS
from subscribers.evidence import Evidence
from subscribers.exchanging import files, giving, taking
from subscribers.exchanging.entries import Entry
from subscribers.exchanging.taking import Judgement
from subscribers.importing.encodings import decode
from subscribers.models import SuppressionReason

_provider = click.argument("provider", type=click.Choice(list(LISTS)))
_dry_run = click.option(
    "--dry-run", is_flag=True, help="Say what would become of each address, and change nothing."
)
_ON_SCREEN = 50
_REFUSED = 20


@click.group()
def suppressions() -> None:
    """Addresses that must not be mailed, whatever their subscriptions say.

    What bars an address here stays: nothing that is taken in lifts or softens it. One address alone is barred by
    `newsletter subscribers suppress` and let go by `lift`.
    """


@suppressions.command("list", epilog="\b\nExamples:\n  newsletter suppressions list --reason complained")
@click.option(
    "--reason", type=click.Choice([str(each) for each in SuppressionReason]), help="Of this reason only."
)
@click.option("--limit", type=click.IntRange(1), default=_ON_SCREEN, show_default=True, help="At most so many.")
@as_json
@pass_context
def show(context: Context, /, *, reason: str | None, limit: int, as_json: bool) -> None:
    """Show how many there are by reason and source, and the first of them.

    Of who was erased, or was never a reader, there is no address, only a keyed hash.
    """
    wanted = SuppressionReason(reason) if reason else None
    with context.app.database.reading() as session:
        sums = [
            {"reason": why, "source": source, "number": number} for why, source, number in giving.counts(session)
        ]
        found = [_row(context, each) for each in islice(giving.entries(session, wanted), limit)]
    if as_json:
        write_json({"counts": sums, "suppressions": found})
        return
    write_table(sums, ("reason", "source", "number"), empty="Nobody is suppressed.")
    if found:
        out.print()
        write_table(found, ("email", "reason", "at", "source", "note"), empty="")


@suppressions.command(
    "export", epilog="\b\nExamples:\n  newsletter suppressions export > suppressions.csv\n"
    "  newsletter suppressions export --reason bounced -o bounced.csv"
)  # fmt: skip
@click.option(
    "--reason", type=click.Choice([str(each) for each in SuppressionReason]), help="Of this reason only."
)
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file.")
@pass_context
def export(context: Context, /, *, reason: str | None, output: IO[str]) -> None:
    """Write every suppression as CSV, safe to open in a spreadsheet; `import` reads it again without loss.

    An address that we know by its keyed hash alone is written by it, for a newsroom with the same secret.
    """
    with context.app.database.reading() as session:
        number = files.write(giving.entries(session, SuppressionReason(reason) if reason else None), output)
    if output is not sys.stdout:
        err.print(f"{count(number, 'suppression')} written.")


@suppressions.command(
    "import", epilog="\b\nExamples:\n  newsletter suppressions import suppressions.csv --dry-run\n"
    "  newsletter suppressions import bounced.csv --source 'old house'"
)  # fmt: skip
@click.argument("file", type=click.File("rb"))
@click.option("--source", default="file", show_default=True, help="Where rows come from that do not say so.")
@_dry_run
@as_json
@pass_context
def take_file(context: Context, /, *, file: IO[bytes], source: str, dry_run: bool, as_json: bool) -> None:
    """Bar every address of a CSV: ours, a mail product's, or one with nothing but addresses.

    Columns are known by their names: email, reason, at (or date, created), source, note, address_hash. A reason
    that is not known counts as done by hand.
    """
    rows = files.read(decode(file).lines, source)
    _report(
        _taken((entry for _, entry in rows), _work(context.app, dry_run=dry_run)), as_json=as_json, dry_run=dry_run
    )


@suppressions.command("pull", epilog="\b\nExamples:\n  newsletter suppressions pull mailgun --dry-run")
@_provider
@_dry_run
@as_json
@pass_context
def pull(context: Context, /, *, provider: str, dry_run: bool, as_json: bool) -> None:
    """Take a provider's list in: bounces, complaints, and what was done by hand there.

    Who unsubscribed at the provider is barred by nothing: their subscriptions end, and they may come back.
    """
    app = context.app
    left: list[str] = []

    def remembered(listed: Iterable[Listed]) -> Iterator[Listed]:
        for each in listed:
            if each.why is Why.LEFT:
                left.append(each.email)
            yield each

    entries = barred(remembered(app.provider_list(provider).pull()), provider)
    sums = _taken(entries, _work(app, dry_run=dry_run))
    sums["left"] = len(left)
    if not dry_run:
        sums["subscriptions_ended"] = _leave(context, left, provider)
    _report(sums, as_json=as_json, dry_run=dry_run)


@suppressions.command("push", epilog="\b\nExamples:\n  newsletter suppressions push ses --dry-run")
@_provider
@_dry_run
@as_json
@pass_context
def push(context: Context, /, *, provider: str, dry_run: bool, as_json: bool) -> None:
    """Add to a provider's list every suppressed address that is known and did not come from there."""
    app = context.app
    with app.database.reading() as session:
        listed = list(to_list(giving.entries(session), provider))
    added, failed = 0, list[str]()
    if not dry_run:
        with click.progressbar(length=len(listed), label=provider, file=sys.stderr) as bar:
            for lot in app.provider_list(provider).push(listed):
                added, failed = added + lot.added, [*failed, *lot.failed]
                bar.update(lot.added + len(lot.failed))
    sums: dict[str, object] = {"to_add": len(listed), "added": added, "refused": failed}
    if as_json:
        write_json(sums)
    else:
        out.print(f"{len(listed):,} would be added." if dry_run else f"{added:,} of {len(listed):,} added.")
        for email in failed[:_REFUSED]:
            err.print(f"{provider} did not take {email}.", soft_wrap=True)
    if failed:
        raise click.exceptions.Exit(1)


def _taken(entries: Iterable[Entry], work: Callable[[list[Entry]], Judgement]) -> dict[str, object]:
    """Let each lot of entries be worked; return the sums."""
    new = graver = known = 0
    refused: list[dict[str, str]] = []
    with err.status("reading") as status:
        for lot in taking.lots(entries):
            judged = work(lot)
            new, graver, known = new + len(judged.new), graver + len(judged.graver), known + judged.known
            refused += [{"address": entry.email, "why": why} for entry, why in judged.refused]
            status.update(f"{new + graver + known + len(refused):,} read")
    return {"new": new, "graver": graver, "known": known, "refused": refused}


def _work(app: App, *, dry_run: bool) -> Callable[[list[Entry]], Judgement]:
    """Return what is done with each lot: taking it in, or foreseeing what that would do."""
    foreseen: set[str] = set()

    def take(lot: list[Entry]) -> Judgement:
        with app.database.writing() as session:
            return taking.take(session, app.tokens, lot, app.clock.now())

    def foresee(lot: list[Entry]) -> Judgement:
        with app.database.reading() as session:
            judged = taking.judge(session, app.tokens, lot)
        new = {key: entry for key, entry in judged.new.items() if key not in foreseen}
        foreseen.update(new)
        return replace(judged, new=new, known=judged.known + len(judged.new) - len(new))

    return foresee if dry_run else take


def _leave(context: Context, emails: list[str], provider: str) -> int:
    app, ended = context.app, 0
    for start in range(0, len(emails), taking.AT_ONCE):
        with app.database.writing() as session:
            evidence = Evidence("provider", actor=provider)
            ended += taking.leave(session, emails[start : start + taking.AT_ONCE], evidence, app.clock.now())
    return ended


def _report(sums: dict[str, object], *, as_json: bool, dry_run: bool) -> None:
    refused = sums["refused"]
    assert isinstance(refused, list)  # noqa: S101 - as `_taken` made it
    if as_json:
        write_json(sums)
    else:
        told = [f"{number:,} {name.replace('_', ' ')}" for name, number in sums.items() if isinstance(number, int)]
        out.print(f"{'Would be: ' if dry_run else ''}{', '.join(told)}, {len(refused):,} refused.")
        for each in refused[:_REFUSED]:
            err.print(f"refused: {each['address'] or 'a row without address'}: {each['why']}", soft_wrap=True)
    if refused:
        raise click.exceptions.Exit(1)


def _row(context: Context, entry: Entry) -> dict[str, object]:
    return {
        "email": entry.email or f"({entry.address_hash[:12]}…)",
        "reason": str(entry.reason),
        "at": context.local(entry.at),
        "source": entry.source,
        "note": entry.note,
    }
