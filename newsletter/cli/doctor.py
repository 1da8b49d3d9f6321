"""`newsletter doctor`: whether mail of ours can arrive, and the records to publish where it can't."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.text import Text

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err, out, write_json
from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.examining import CHECKS, examine
from newsletter.doctor.keeping import keep
from newsletter.doctor.patient import patient_of
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
  newsletter doctor --json
"""


@click.command("doctor", epilog=_EPILOG)
@click.option("--only", multiple=True, type=click.Choice(list(CHECKS)), help="This check; may be repeated.")
@as_json
@pass_context
def doctor(context: Context, /, *, only: tuple[str, ...], as_json: bool) -> None:
    """Check whether mail of ours can arrive: DNS, the ways out, the unsubscribe page, and this machine.

    With all checks the findings are kept for the desk; the daemon does the same once a day.
    """
    app = context.app
    patient, found = patient_of(app, (current(app.database), head())), []
    with err.status("") as status:
        for diagnosis in examine(patient, only, lambda name: status.update(f"checking {name}")):
            found.append(diagnosis)
            if not as_json:
                _print(diagnosis)
    if not only:
        with context.app.database.writing() as session:
            keep(session, found, context.app.clock.now())
    if as_json:
        write_json([as_row(each) for each in found])
    trouble = sum(each.is_trouble for each in found)
    if not as_json:
        out.print(f"{count(len(found), 'finding')}, {trouble or 'nothing'} to mend.")
    if trouble:
        raise click.exceptions.Exit(1)


def as_row(diagnosis: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON has it."""
    return asdict(diagnosis)


def _print(diagnosis: Diagnosis) -> None:
    health = Text(f"{diagnosis.health:<8}", style=_STYLES[diagnosis.health])
    out.print(health, Text(f"{diagnosis.check:<12}"), Text(diagnosis.sentence), soft_wrap=True)
    if diagnosis.mend:
        out.print(Text(f"{'':22}{diagnosis.mend}"), soft_wrap=True)
    for record in diagnosis.records:
        out.print(Text(f"{'':22}{record}", style="bold"), soft_wrap=True)
