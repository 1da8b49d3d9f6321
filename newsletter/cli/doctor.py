"""`newsletter doctor`: whether mail of ours can arrive, and the records to publish where it can't."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict

import click
from rich.text import Text

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err, out, write_json, write_table
from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.examining import CHECKS, examine
from newsletter.doctor.keeping import keep
from newsletter.doctor.patient import Patient, patient_of
from newsletter.doctor.senders import CHECKS as OF_SENDERS
from newsletter.doctor.senders import Item, Met, checklist
from newsletter.migrations import current, head

_STYLES = {
    Health.FINE: "green",
    Health.UNKNOWN: "dim",
    Health.NOTE: "cyan",
    Health.WARNING: "yellow",
    Health.STOP: "bold red",
}
_EPILOG = f"""\b
Checks: {", ".join(CHECKS)}

\b
Exit codes: 0 nothing to mend · 1 a warning, or worse

\b
Examples:
  newsletter doctor
  newsletter doctor --only spf --only dkim
  newsletter doctor --senders
  newsletter doctor --json
"""


@click.command("doctor", epilog=_EPILOG)
@click.option("--only", multiple=True, type=click.Choice(list(CHECKS)), help="This check; may be repeated.")
@click.option("--senders", is_flag=True, help="The rules of Gmail, Yahoo and Microsoft for who sends much.")
@as_json
@pass_context
def doctor(context: Context, /, *, only: tuple[str, ...], senders: bool, as_json: bool) -> None:
    """Check whether mail of ours can arrive: DNS, the ways out, the unsubscribe page, and this machine.

    With all checks the findings are kept for the desk; the daemon does the same once a day.
    """
    app = context.app
    patient = patient_of(app, (current(app.database), head()))
    if senders:
        _senders(checklist(patient, list(_watched(patient, OF_SENDERS))), as_json=as_json)
        return
    found = []
    for diagnosis in _watched(patient, only):
        found.append(diagnosis)
        if not as_json:
            _print(diagnosis)
    if not only:
        rules = checklist(patient, found)
        with app.database.writing() as session:
            keep(session, found, rules, app.clock.now())
    if as_json:
        write_json([asdict(each) for each in found])
    trouble = sum(each.is_trouble for each in found)
    if not as_json:
        out.print(f"{count(len(found), 'finding')}, {trouble or 'nothing'} to mend.")
    if trouble:
        raise click.exceptions.Exit(1)


def _watched(patient: Patient, only: Collection[str]) -> Iterator[Diagnosis]:
    """Yield what is found, telling meanwhile what is looked at."""
    with err.status("") as status:
        yield from examine(patient, only, lambda name: status.update(f"checking {name}"))


def _senders(rules: Sequence[Item], *, as_json: bool) -> None:
    if as_json:
        write_json([asdict(each) for each in rules])
    else:
        rows = [asdict(each) | {"met": each.met.replace("_", " ")} for each in rules]
        write_table(rows, ("met", "rule", "of", "asks", "because"), empty="")
    if any(each.met is Met.NOT_MET for each in rules):
        raise click.exceptions.Exit(1)


def _print(diagnosis: Diagnosis) -> None:
    health = Text(f"{diagnosis.health:<8}", style=_STYLES[diagnosis.health])
    out.print(health, Text(f"{diagnosis.check:<12}"), Text(diagnosis.sentence), soft_wrap=True)
    if diagnosis.mend:
        out.print(Text(f"{'':22}{diagnosis.mend}"), soft_wrap=True)
    for record in diagnosis.records:
        out.print(Text(f"{'':22}{record}", style="bold"), soft_wrap=True)
