"""Readers at the desk: how many, found by address or name, and why one of them gets mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.ledger.answers import Answer, answers
from newsletter.delivery.outcomes import in_words as outcome_in_words
from newsletter.editors.log import About, note
from newsletter.feedback.tables import ReportRow
from newsletter.web.desk.looking import FREQUENCIES, LIFTING, STANDINGS, WAYS, Asked, asked, sections
from newsletter.web.desk.readership import readership
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.signin import actor
from subscribers import exporting
from subscribers.addresses import InvalidAddress, normalise
from subscribers.finding import Found, Search, find_readers
from subscribers.why import Why, in_words, why, why_reader

SHOWN = 25
_LATELY = 30  # deliveries, and reports
_LARGEST = 2**31 - 1
_LINES_AT_ONCE = 500
_FORMS: dict[str, tuple[Callable[[Iterable[Mapping[str, str]]], Iterator[str]], str]] = {
    "csv": (exporting.csv_lines, "text/csv"),
    "json": (exporting.json_lines, "application/json"),
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """An issue that was owed to the reader, and what became of it, in words."""

    answer: Answer
    words: str


@dataclass(frozen=True, slots=True)
class People:
    """The views of readers, and what they look through."""

    app: App

    @needs(Role.VIEWER)
    def readers(self) -> ResponseReturnValue:
        """Count the readers of each newsletter, and find some. A whole address leads to its reader's page."""
        wanted = asked(request.args, self.app.settings)
        typed = wanted.search.typed
        with self.app.database.reading() as rows:
            exact = self._exact(rows, typed) if typed else None
            found = [] if exact or wanted.search.is_empty else self._found(rows, wanted)
            counted = readership(rows, self.app.settings) if wanted.search.is_empty else []
        if exact and exact.reader_id is not None:
            return redirect(url_for("desk.reader", reader_id=exact.reader_id), 303)
        return render_template(
            "web/desk/readers.html",
            readerships=counted,
            asked=wanted,
            found=found[:SHOWN],
            has_more=len(found) > SHOWN,
            exact=exact,
            sentences=self._sentences(exact) if exact else (),
            titles=self._titles(),
            sections=sections(self.app.settings),
            standings=STANDINGS,
            ways=WAYS,
            lifting=LIFTING,
        )

    @needs(Role.PUBLISHER)
    def export(self, form: str) -> ResponseReturnValue:
        """Stream the subscriptions that are looked for, as CSV or JSON. The log tells who took them."""
        written, media_type = _FORMS.get(form) or abort(404, "There is no such page.")
        wanted = asked(request.args, self.app.settings)
        search = wanted.search
        if request.method == "GET":
            self._note_export(form, wanted)

        def lines() -> Iterator[str]:
            with self.app.database.reading() as rows:
                yield from _in_pieces(written(exporting.rows(rows, search)))

        response = Response(lines(), mimetype=media_type)
        response.headers["Content-Disposition"] = f"attachment; filename=readers.{form}"
        return response

    @needs(Role.VIEWER)
    def reader(self, reader_id: int) -> ResponseReturnValue:
        """Tell why a reader gets mail: in sentences, and everything that happened."""
        with self.app.database.reading() as rows:
            told = why_reader(rows, min(reader_id, _LARGEST)) or abort(404, "There is no such reader.")
            sent, reports = self._lately(rows, told), self._reports(rows, told)
        return render_template(
            "web/desk/reader.html",
            told=told,
            sentences=self._sentences(told),
            sent=sent,
            reports=reports,
            titles=self._titles(),
            newsletters={each.slug: each for each in self.app.settings.newsletters},
            frequencies=FREQUENCIES,
            lifting=LIFTING,
        )

    def _note_export(self, form: str, wanted: Asked) -> None:
        """Keep who took readers out, and which: not what was typed, as that may name one of them."""
        which = [f"{name}={text}" for name, text in wanted.arguments.items() if name != "q"]
        detail = " ".join([form, *which, *(["some of them"] if wanted.search.typed else [])])
        with self.app.database.writing() as rows:
            note(rows, self.app.clock.now(), actor(), "exported readers", About.READER, detail=detail)

    def _found(self, rows: Session, wanted: Asked) -> list[Found]:
        return find_readers(rows, wanted.search, after=wanted.after, limit=SHOWN + 1)

    def _exact(self, rows: Session, typed: str) -> Why | None:
        """Return what is known of a whole address; None where it is only the beginning of one, or of a name."""
        try:
            normalise(typed)
        except InvalidAddress:
            return None
        told = why(rows, self.app.tokens, typed)
        return told if told.is_known or not find_readers(rows, Search(typed), limit=1) else None

    def _sentences(self, told: Why) -> Sequence[str]:
        app = self.app
        return in_words(told, app.settings.site.time_zone, self._titles(), app.clock.now())

    def _titles(self) -> dict[str, str]:
        return {each.slug: each.title for each in self.app.settings.newsletters}

    def _lately(self, rows: Session, told: Why) -> list[Delivered]:
        numbers = [each.subscription_id for each in told.subscriptions]
        sent = answers(rows, subscriptions=numbers, limit=_LATELY)
        return [Delivered(each, outcome_in_words(each, self._local)) for each in sent]

    def _reports(self, rows: Session, told: Why) -> Sequence[ReportRow]:
        """Return what came back of late: bounces, complaints, deliveries."""
        numbers = [each.subscription_id for each in told.subscriptions]
        mine = select(ReportRow).where(ReportRow.subscription_id.in_(numbers))
        return rows.scalars(mine.order_by(ReportRow.at.desc(), ReportRow.id.desc()).limit(_LATELY)).all()

    def _local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(self.app.settings.site.time_zone) if moment else None


def _in_pieces(lines: Iterator[str]) -> Iterator[str]:
    """Put lines together: a write to the network for each of them would take longer than making it."""
    while piece := "".join(islice(lines, _LINES_AT_ONCE)):
        yield piece
