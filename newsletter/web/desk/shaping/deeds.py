"""The deeds of shaping: each a POST that answers with the changed part of the page, or leads back to the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles import adding
from newsletter.articles.fetch import Fetcher, FetchError
from newsletter.issues import store as issues
from newsletter.issues.shaping import deeds, store, values
from newsletter.issues.shaping.board import lane_of
from newsletter.issues.shaping.deeds import Changes, Impossible
from newsletter.issues.shaping.shape import Edit, Shape
from newsletter.issues.shaping.store import Conflict, Frozen, Shaped
from newsletter.issues.shaping.values import BadValue
from newsletter.issues.tables import IssueRow
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.shaping.answers import Answers
from newsletter.web.desk.shaping.telling import deed_in_words
from newsletter.web.desk.signin import actor

_NO_SUCH = "There is no such issue."
_REFUSED = (Impossible, BadValue, Frozen)
Wanted = Callable[[Shaped], Changes]
RestsOn = Callable[[Shaped], list[str]]


@dataclass(frozen=True, slots=True)
class ShapingDeeds:
    """What editors do to an issue's stories and words, and what it works on."""

    app: App

    @needs(Role.EDITOR)
    def story(self, issue_id: int) -> ResponseReturnValue:
        """Move a story, let it lead, drop it, bring it back, pin it."""
        number, deed = _number("story"), request.form.get("deed", "")
        wanted = _DEEDS.get(deed)
        if wanted is None:
            abort(400, "The form names no deed that is known here.")
        zone = self.app.settings.site.time_zone
        return self._do(
            issue_id, deed, lambda now: wanted(now, number, zone), lambda now: _seen_of(now, number, deed)
        )

    @needs(Role.EDITOR)
    def section(self, issue_id: int) -> ResponseReturnValue:
        """Move a whole section up or down."""
        name, step = request.form.get("section", ""), -1 if request.form.get("deed") == "up" else 1
        return self._do(issue_id, "section", lambda now: deeds.ordered_sections(now.board, now.shape, name, step))

    @needs(Role.EDITOR)
    def add(self, issue_id: int) -> ResponseReturnValue:
        """Add a story that is known, or the one at an address."""
        address, lane = request.form.get("url", "").strip(), request.form.get("lane", "")
        try:
            number = self._at(values.url(address, "story")) if address else _number("article")
            with self.app.database.writing() as rows:
                now = self.app.clock.now()
                is_new = store.add_story(rows, self.app.settings, issue_id, number, now, actor=actor(), lane=lane)
        except LookupError as missing:
            abort(404, f"{missing}.")
        except (*_REFUSED, FetchError, adding.NoStory) as refusal:
            return self._answers.refused(issue_id, str(refusal))
        return self._answers.board(issue_id, "The story is added." if is_new else "The story is there already.")

    @needs(Role.EDITOR)
    def text(self, issue_id: int) -> ResponseReturnValue:
        """Save one text: subject, preheader, note, a story's headline or standfirst."""
        field, written = request.form.get("field", ""), request.form.get("value", "")
        kind, _, number = field.partition("/")
        if kind not in values.LONGEST or (kind in {"headline", "standfirst"}) != number.isdecimal():
            abort(400, "The form names no text that is known here.")

        def wanted(now: Shaped) -> Changes:
            kept = values.text(kind, written)
            return deeds.said(now.shape, field, None if _is_automatic(now, kind, number, kept) else kept)

        return self._write(issue_id, field, wanted)

    @needs(Role.EDITOR)
    def picture(self, issue_id: int, story: int) -> ResponseReturnValue:
        """Choose a story's picture for the mail, none, or the article's own again."""
        field, as_it_is = f"picture/{story}", request.form.get("deed") == "as the article"
        return self._write(
            issue_id, field, lambda now: deeds.said(now.shape, field, None if as_it_is else _picture())
        )

    @needs(Role.EDITOR)
    def sponsor(self, issue_id: int) -> ResponseReturnValue:
        """Book a sponsor's block, change it, or take it away."""
        number, is_gone = request.form.get("number", ""), request.form.get("deed") == "remove"

        def wanted(now: Shaped) -> Changes:
            block = int(number) if number.isdecimal() else _next_sponsor(now.shape)
            return deeds.said(now.shape, f"sponsor/{block}", None if is_gone else values.sponsor(request.form))

        sentence = "The block is taken away." if is_gone else "The block is booked."
        return self._do(issue_id, "sponsor", wanted, sentence=sentence)

    @needs(Role.EDITOR)
    def undo(self, issue_id: int) -> ResponseReturnValue:
        """Take back the editor's own last edit."""
        return self._turn(issue_id, store.undo, "Taken back: {}.", "There is nothing of yours to take back.")

    @needs(Role.EDITOR)
    def redo(self, issue_id: int) -> ResponseReturnValue:
        """Do again what was taken back."""
        return self._turn(issue_id, store.redo, "Done again: {}.", "There is nothing to do again.")

    @needs(Role.EDITOR)
    def put_back(self, issue_id: int, edit_id: int) -> ResponseReturnValue:
        """Take back one edit of the history, whoever did it."""
        try:
            with self.app.database.writing() as rows:
                issue = _issue(rows, issue_id)
                edit = store.put_back(rows, issue, edit_id, self.app.clock.now(), actor=actor())
        except LookupError:
            abort(404, "There is no such edit.")
        except _REFUSED as refusal:
            flash(str(refusal), "wrong")
        else:
            flash(f"Taken back: {deed_in_words(edit)}.", "done")
        return redirect(url_for("desk.edits", issue_id=issue_id), 303)

    @property
    def _answers(self) -> Answers:
        return Answers(self.app)

    def _do(
        self, issue_id: int, deed: str, wanted: Wanted, rests_on: RestsOn = lambda _: [], *, sentence: str = ""
    ) -> ResponseReturnValue:
        """Do a deed of the board and answer with the board."""
        try:
            self._append(issue_id, deed, wanted, rests_on)
        except Conflict as conflict:
            return self._answers.conflict(issue_id, conflict)
        except _REFUSED as refusal:
            return self._answers.refused(issue_id, str(refusal))
        return self._answers.board(issue_id, sentence, moved=request.form.get("story", ""))

    def _write(self, issue_id: int, field: str, wanted: Wanted) -> ResponseReturnValue:
        """Save a text or a picture and answer with when."""
        try:
            self._append(issue_id, field.partition("/")[0], wanted)
        except Conflict as conflict:
            return self._answers.text_conflict(issue_id, conflict)
        except _REFUSED as refusal:
            return self._answers.not_saved(issue_id, field, str(refusal))
        return self._answers.saved(issue_id, field)

    def _append(self, issue_id: int, deed: str, wanted: Wanted, rests_on: RestsOn = lambda _: []) -> None:
        with self.app.database.writing() as rows:
            issue = _issue(rows, issue_id)
            store.refuse_frozen(issue)
            now = store.shaped(rows, self.app.settings, issue)
            at, who, seen = self.app.clock.now(), actor(), _seen()
            store.append(rows, issue, deed, wanted(now), at, actor=who, seen=seen, rests_on=rests_on(now))

    def _turn(
        self, issue_id: int, turn: Callable[..., Edit | None], done: str, nothing: str
    ) -> ResponseReturnValue:
        try:
            with self.app.database.writing() as rows:
                edit = turn(rows, _issue(rows, issue_id), self.app.clock.now(), actor=actor())
        except Frozen as refusal:
            return self._answers.refused(issue_id, str(refusal))
        return self._answers.whole(issue_id, done.format(deed_in_words(edit)) if edit else nothing)

    def _at(self, url: str) -> int:
        """Return the article of an address, fetched while no transaction is open."""
        with self.app.database.reading() as rows:
            number = adding.known(rows, url)
        if number is not None:
            return number
        article = adding.read(Fetcher(self.app.settings.collect, self.app.clock), url, self.app.clock.now())
        with self.app.database.writing() as rows:
            return adding.keep(rows, article, self.app.clock.now())


def _seen_of(now: Shaped, story: int, deed: str) -> list[str]:
    """Return the fields that the editor saw when asking for a deed: where the story stands, and in what order."""
    one = now.board.find(story)
    lane = [f"order/{lane_of(one.role, one.section)}"] if one and deed in {"up", "down"} else []
    return [f"place/{story}", *lane]


def _step(step: int) -> Callable[[Shaped, int, ZoneInfo], Changes]:
    return lambda now, story, _: deeds.stepped(now.board, now.shape, story, step)


def _move(now: Shaped, story: int, _: ZoneInfo) -> Changes:
    before = request.form.get("before", "")
    lane = request.form.get("lane", "")
    return deeds.moved(now.board, now.shape, story, lane, int(before) if before.isdecimal() else None)


def _pin(now: Shaped, story: int, zone: ZoneInfo) -> Changes:
    try:
        until = dt.datetime.fromisoformat(request.form.get("until", "")).replace(tzinfo=zone)
    except ValueError:
        raise BadValue("Say until when the story is pinned: a date and a time.") from None
    return deeds.pinned(now.board, now.shape, story, until.astimezone(dt.UTC).isoformat())


_DEEDS: dict[str, Callable[[Shaped, int, ZoneInfo], Changes]] = {
    "up": _step(-1),
    "down": _step(1),
    "move": _move,
    "lead": lambda now, story, _: deeds.led_by(now.board, now.shape, story),
    "drop": lambda now, story, _: deeds.without(now.board, now.shape, story),
    "bring back": lambda now, story, _: deeds.brought_back(now.shape, story),
    "pin": _pin,
    "unpin": lambda now, story, _: deeds.pinned(now.board, now.shape, story, None),
}


def _issue(rows: Session, issue_id: int) -> IssueRow:
    try:
        return issues.get(rows, issue_id)
    except LookupError:
        abort(404, _NO_SUCH)


def _number(name: str) -> int:
    written = request.form.get(name, "")
    return int(written) if written.isdecimal() else abort(400, f"The form does not say which {name} it is about.")


def _seen() -> int:
    """Return the last edit that the page knew of; where somebody chose their own version, the one they saw."""
    written = request.form.get("take") or request.form.get("seen", "")
    return int(written) if written.isdecimal() else abort(400, "The form has no version.")


def _is_automatic(now: Shaped, kind: str, number: str, kept: str) -> bool:
    """Tell whether a text says what would stand there without it."""
    article = now.board.originals.get(int(number)) if number else None
    own = {"headline": article.title, "standfirst": article.standfirst} if article else {}
    return not kept or own.get(kind) == kept


def _picture() -> dict[str, str]:
    return {"url": ""} if request.form.get("deed") == "none" else values.picture(request.form)


def _next_sponsor(shape: Shape) -> int:
    used = [int(name.partition("/")[2]) for name in shape.values if name.startswith("sponsor/")]
    return max(used, default=0) + 1
