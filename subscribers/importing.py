"""Readers from elsewhere: a CSV goes into the register batch by batch, with the consent it was given under.

    lines | rows (header recognised) | entries (address checked) | batches of 1,000, a transaction each

Importing makes new readers active and touches nothing else. Who left, who is suppressed and who has yet to confirm
is refused and stays as they are: only the reader can change that. Running it again adds nothing, so an import that
was cut off is simply started anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from subscribers.addresses import Address, normalise, plain_name
from subscribers.database import Database
from subscribers.evidence import Evidence
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from subscribers.sections import join
from subscribers.spreadsheet import rows
from subscribers.states import Event, NoSuchTransition, State, follow
from subscribers.tokens import Tokens

BATCH = 1000
REFUSED_KEPT = 10_000

_REFUSALS: Mapping[State | None, str] = {
    State.PENDING: "has signed up and not confirmed yet",
    State.UNSUBSCRIBED: "has left; only the reader can come back",
}


@dataclass(slots=True)
class ImportReport:
    """What became of the rows. `refused` holds the first 10,000 as (line of the file, reason).

    `unchanged` were readers already, or stand in the file twice.
    """

    added: int = 0
    unchanged: int = 0
    refused_count: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count a row that was not taken."""
        self.refused_count += 1
        if len(self.refused) < REFUSED_KEPT:
            self.refused.append((line, reason))


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    address: Address
    hash: str
    name: str
    sections: str
    language: str
    time_zone: str


def import_csv(  # noqa: PLR0917 - the order in which it reads as a sentence: this, into that, by whom, when
    database: Database,
    tokens: Tokens,
    lines: Iterable[str],
    newsletter: str,
    evidence: Evidence,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    *,
    known_sections: Collection[str] | None = None,
) -> ImportReport:
    """Add the readers of a CSV to a newsletter, active, and say what became of each row.

    The first row may name the columns (email or e-mail or address, name, sections, language, time_zone), else they
    are email, name, sections. Comma, semicolon or tab; several sections in a cell are divided by `|`, `;` or `,`.
    A section outside `known_sections` (when given) refuses its row. `progress` is told the number of rows done
    after each batch.
    """
    work = _Import(tokens, newsletter, evidence, now, known_sections, ImportReport())
    entries, done = work.entries(lines), 0
    while batch := list(islice(entries, BATCH)):
        with database.writing() as session:
            work.add(session, batch)
        done += len(batch)
        if progress:
            progress(done)
    return work.report


@dataclass(frozen=True, slots=True)
class _Import:
    tokens: Tokens
    newsletter: str
    evidence: Evidence
    now: datetime
    known_sections: Collection[str] | None
    report: ImportReport

    def entries(self, lines: Iterable[str]) -> Iterator[_Entry]:
        """Yield what can be taken from each row; refuse the rest."""
        for line, cells in rows(lines, self.report.refuse):
            try:
                yield self._entry(line, cells)
            except ValueError as error:
                self.report.refuse(line, str(error))

    def add(self, session: Session, batch: list[_Entry]) -> None:
        """Write the new readers of one batch."""
        taken: dict[str, _Entry] = {}
        for entry in batch:
            taken.setdefault(entry.address.key, entry)
        self.report.unchanged += len(batch) - len(taken)
        barred = _barred(session, taken.values())
        standing = _standing(session, taken, self.newsletter)
        new = [entry for entry in taken.values() if self._is_new(entry, barred, standing)]
        if new:
            added = self._subscribe(session, sorted(new, key=lambda entry: entry.address.key))
            self.report.added += added
            self.report.unchanged += len(new) - added

    def _entry(self, line: int, cells: Mapping[str, str]) -> _Entry:
        address = normalise(cells.get("email", ""))
        chosen = _sections(_printable(cells.get("sections", "")))
        unknown = sorted(chosen - set(self.known_sections)) if self.known_sections is not None else []
        if unknown:
            raise ValueError(f"the newsletter has no section {unknown[0]!r}")
        return _Entry(
            line=line,
            address=address,
            hash=self.tokens.address_hash(address.key),
            name=plain_name(cells.get("name", "")),
            sections=join(chosen),
            language=_printable(cells.get("language", ""))[:20],
            time_zone=_printable(cells.get("time_zone", ""))[:64],
        )

    def _is_new(self, entry: _Entry, barred: Mapping[str, str], standing: Mapping[str, State]) -> bool:
        state = standing.get(entry.address.key)
        if entry.hash in barred:
            self.report.refuse(entry.line, f"is suppressed: {barred[entry.hash].replace('_', ' ')}")
            return False
        try:
            follow(state, Event.IMPORTED)
        except NoSuchTransition as error:
            self.report.refuse(entry.line, _REFUSALS.get(state, str(error)))
            return False
        self.report.unchanged += state is not None
        return state is None

    def _subscribe(self, session: Session, new: list[_Entry]) -> int:
        """Write rows and events, in sorted order so that two imports at once never wait for each other."""
        session.execute(insert_missing(session, Subscriber, ["address"]), [self._reader(entry) for entry in new])
        ids = _numbers(session, [entry.address.key for entry in new])
        wanted = [self._subscription(entry, ids[entry.address.key]) for entry in new]
        missing = insert_missing(session, Subscription, ["subscriber_id", "newsletter"]).returning(Subscription.id)
        added = session.scalars(missing, wanted).all()
        if added:
            proof = {"at": self.now, "event": Event.IMPORTED, "detail": {}, **self.evidence.columns()}
            session.execute(insert(SubscriptionEvent), [{"subscription_id": number, **proof} for number in added])
        return len(added)

    def _reader(self, entry: _Entry) -> dict[str, object]:
        return {
            "email": entry.address.email,
            "address": entry.address.key,
            "address_hash": entry.hash,
            "name": entry.name,
            "language": entry.language,
            "time_zone": entry.time_zone,
            "created_at": self.now,
        }

    def _subscription(self, entry: _Entry, subscriber: int) -> dict[str, object]:
        return {
            "subscriber_id": subscriber,
            "newsletter": self.newsletter,
            "state": follow(None, Event.IMPORTED),
            "sections": entry.sections,
            "created_at": self.now,
            "changed_at": self.now,
        }


def _printable(cell: str) -> str:
    return "".join(character for character in cell if character.isprintable())  # PostgreSQL keeps no NUL


def _sections(cell: str) -> set[str]:
    return {part.strip() for part in cell.replace("|", ",").replace(";", ",").split(",")} - {""}


def _barred(session: Session, entries: Iterable[_Entry]) -> dict[str, str]:
    wanted = Suppression.address_hash.in_([entry.hash for entry in entries])
    found = session.execute(select(Suppression.address_hash, Suppression.reason).where(wanted))
    return {address_hash: reason for address_hash, reason in found}  # noqa: C416 - rows are no pairs to mypy


def _standing(session: Session, keys: Iterable[str], newsletter: str) -> dict[str, State]:
    found = session.execute(
        select(Subscriber.address, Subscription.state)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscriber.address.in_(list(keys)), Subscription.newsletter == newsletter)
    )
    return {address: State(state) for address, state in found}


def _numbers(session: Session, keys: list[str]) -> dict[str, int]:
    found = session.execute(select(Subscriber.address, Subscriber.id).where(Subscriber.address.in_(keys)))
    return {address: number for address, number in found}  # noqa: C416 - rows are no pairs to mypy
