"""Taking a file in, or foreseeing what would become of it: the same judgement, with and without writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from subscribers import consents
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.importing import knowing, staging
from subscribers.importing.ahead import Ahead
from subscribers.importing.entries import Entry, Rules, entries
from subscribers.importing.judging import FATES, Change, Known, graver, judge
from subscribers.importing.report import Fate, ImportReport, Refusal
from subscribers.importing.table import Table
from subscribers.models import Import as ImportRow
from subscribers.tokens import Tokens

BATCH = 50_000  # rows; the register is locked for as long as it takes to write them, about a second
_CELLS = 600_000  # in a batch at most, as exports of fifty columns would fill the memory else

_MANY = 10_000  # new rows, after which what the database believes of its tables is out of date
_WRITTEN = frozenset({Fate.NEW, Fate.LEFT, Fate.BARRED})

Verdict = Fate | Change | Refusal
Refused = Callable[[Refusal], None]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Import:
    """What is taken in, by whose word, and when: `clock` gives aware UTC.

    `refused` is told every row that is not taken, `progress` the number of rows done after each batch.
    """

    table: Table
    rules: Rules
    evidence: Evidence
    clock: Callable[[], datetime]
    file_name: str = ""
    refused: Refused = lambda refusal: None  # noqa: ARG005
    progress: Progress = lambda rows: None  # noqa: ARG005
    batch: int = BATCH


def take(database: Database, tokens: Tokens, wanted: Import) -> ImportReport:
    """Add the readers of a file to a newsletter, active, and say what became of each row.

    Each batch is a transaction of its own. What an import that was cut off had done by then is kept, and its row
    says that it never finished.
    """
    report = ImportReport(number=_begun(database, wanted))
    batches = _batches(wanted, tokens)
    while batch := batches.get():
        with database.writing() as session:
            with staging.staged(session, batch.entries):
                batches.begin()
                _write(session, wanted, report, batch)
            _note(session, report)
        wanted.progress(report.rows)
    with database.writing() as session:
        _note(session, report).finished_at = wanted.clock()
        if report.added >= _MANY:
            staging.count_anew(session)
    return report


def foresee(database: Database, tokens: Tokens, wanted: Import) -> ImportReport:
    """Say what `take` would do now, and write nothing."""
    report = ImportReport()
    with database.reading() as session:
        knowing.FORESEEN.create(session.connection())
        batches = _batches(wanted, tokens)
        while batch := batches.get():
            with staging.staged(session, batch.entries):
                batches.begin()
                verdicts = _verdicts(batch, knowing.foreknown(session, wanted.rules.newsletter))
                staging.drop(session, [at for at, verdict in verdicts.items() if not _changes(verdict)])
                knowing.foresee(session)
            _count(wanted, report, batch, verdicts)
            wanted.progress(report.rows)
        session.rollback()
    return report


def _begun(database: Database, wanted: Import) -> int:
    now, evidence = wanted.clock(), wanted.evidence
    row = ImportRow(
        newsletter=wanted.rules.newsletter, file_name=wanted.file_name, actor=evidence.actor, started_at=now
    )
    with database.writing() as session:
        session.add(row)
        if evidence.consent_text and evidence.consent_version:
            consents.remember(session, evidence.consent_version, evidence.consent_text, now)
        session.flush()
        return row.id


def _note(session: Session, report: ImportReport) -> ImportRow:
    row = session.get_one(ImportRow, report.number)
    row.added, row.unchanged, row.refused = report.added, report.unchanged, report.refused
    return row


@dataclass(slots=True)
class _Batch:
    """Rows read together: entries of different addresses, what is refused already, and who stood there twice."""

    entries: list[Entry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


def _batches(wanted: Import, tokens: Tokens) -> Ahead[_Batch | None]:
    """Return what reads the file's rows in batches, None when there are no more.

    Reading holds nobody up: whoever waits for the register gets in between two batches.
    """
    found = entries(wanted.table, wanted.rules, tokens)
    rows = min(wanted.batch, max(1, _CELLS // max(1, len(wanted.table.columns.header))))
    return Ahead(lambda: _batch(found, rows))


def _batch(found: Iterator[Entry | Refusal], size: int) -> _Batch | None:
    """Read the next rows. Their entries come in the order of the register's largest index."""
    batch, by_address = _Batch(), dict[str, Entry]()
    for entry in islice(found, size):
        if isinstance(entry, Refusal):
            batch.refusals.append(entry)
        elif (known := by_address.setdefault(entry.address, entry)) is not entry:
            batch.twice.append(entry.email)
            by_address[entry.address] = graver(known, entry)
    batch.entries.extend(by_address[address] for address in sorted(by_address))
    return batch if batch.entries or batch.refusals else None


def _write(session: Session, wanted: Import, report: ImportReport, batch: _Batch) -> None:
    number, now, evidence, newsletter = (
        report.number or 0,
        wanted.clock(),
        wanted.evidence,
        wanted.rules.newsletter,
    )
    verdicts = _verdicts(batch, knowing.known(session, newsletter))
    changes = {at: verdict for at, verdict in verdicts.items() if isinstance(verdict, Change)}
    changed = staging.change(session, changes, evidence, number, now)
    staging.drop(session, [at for at, verdict in verdicts.items() if verdict not in _WRITTEN])
    came_meanwhile = staging.subscribe(session, newsletter, evidence, number, now)
    if wanted.rules.with_leavers:
        staging.bar(session, f"import {number}", now)
    overtaken = dict.fromkeys(changes.keys() - set(changed), Fate.UNCHANGED)
    _count(wanted, report, batch, {**verdicts, **overtaken})
    report.overtaken(came_meanwhile)


def _verdicts(batch: _Batch, known: list[tuple[int, Known]]) -> dict[int, Verdict]:
    """Return what becomes of the entries whose address is known, by their number; of all others it is clear."""
    return {number: judge(batch.entries[number], found) for number, found in known}


def _changes(verdict: Verdict) -> bool:
    return isinstance(verdict, Change) or verdict in _WRITTEN


def _count(wanted: Import, report: ImportReport, batch: _Batch, verdicts: Mapping[int, Verdict]) -> None:
    refusals, fates = batch.refusals, defaultdict(list, {Fate.UNCHANGED: batch.twice})
    for number, entry in enumerate(batch.entries):
        verdict = verdicts.get(number) or FATES[entry.elsewhere]
        if isinstance(verdict, Refusal):
            refusals.append(verdict)
        else:
            fates[verdict.fate if isinstance(verdict, Change) else verdict].append(entry.email)
    for fate, emails in fates.items():
        report.count(fate, emails)
    for refusal in sorted(refusals, key=lambda one: one.line):
        report.refuse(refusal)
        wanted.refused(refusal)
