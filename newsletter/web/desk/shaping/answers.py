"""What a deed of shaping is answered with: to htmx the part of the page that changed, else the page again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles import store as articles
from newsletter.issues.shaping.shape import Change, fold
from newsletter.issues.shaping.store import Conflict, edits_of
from newsletter.issues.tables import IssueRow
from newsletter.web.desk.shaping.telling import field_in_words, in_words, named
from newsletter.web.desk.shaping.view import ShapingView, names, view
from newsletter.web.desk.signin import actor

CONFLICT, REFUSED = 409, 422


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: theirs is there, mine is not yet; either is empty where only the other changes it.

    `who` changed it and when (aware UTC).
    """

    field: str
    theirs: str
    mine: str
    who: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers, and what they look through."""

    app: App

    def board(self, issue_id: int, sentence: str = "", *, moved: str = "") -> ResponseReturnValue:
        """Answer with the board, and tell where a story now stands."""
        shown = self._view(issue_id)
        sentence = sentence or _where(shown, moved)
        if is_partial():
            return _changed(render_template("web/desk/shaping/moved.html", shaping=shown, sentence=sentence))
        flash(sentence, "done")
        return redirect(_place(issue_id, f"story-{moved}" if moved else "stories"), 303)

    def whole(self, issue_id: int, sentence: str) -> ResponseReturnValue:
        """Answer with board and words."""
        if is_partial():
            shown = self._view(issue_id)
            page = render_template("web/desk/shaping/whole.html", shaping=shown, sentence=sentence)
            return _changed(page)
        flash(sentence, "done")
        return redirect(_place(issue_id, "stories"), 303)

    def refused(self, issue_id: int, sentence: str) -> ResponseReturnValue:
        """Answer that a deed means nothing here, with the board as it is."""
        if is_partial():
            shown = self._view(issue_id)
            page = render_template(
                "web/desk/shaping/moved.html", shaping=shown, sentence=sentence, is_refused=True
            )
            return page, REFUSED
        flash(sentence, "wrong")
        return redirect(_place(issue_id, "stories"), 303)

    def conflict(self, issue_id: int, conflict: Conflict) -> ResponseReturnValue:
        """Answer with both versions and the choice."""
        shown, differences = self._view(issue_id), self._differences(issue_id, conflict)
        fields = [
            (name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "seen"}
        ]
        template = "web/desk/shaping/moved.html" if is_partial() else "web/desk/shaping/conflict.html"
        page = render_template(
            template, shaping=shown, differences=differences, fields=fields, latest=_latest(conflict), sentence=""
        )
        return page, CONFLICT

    def saved(self, issue_id: int, field: str) -> ResponseReturnValue:
        """Answer that a text is saved."""
        if not is_partial():
            flash(f"Saved: {field_in_words(field)}.", "done")
            return redirect(_after(issue_id, field), 303)
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404)
            shown = view(rows, self.app, row, actor(), self.app.clock.now())
            version = fold(edits_of(rows, row)).version(field)
        page = render_template(
            "web/desk/shaping/saved.html", shaping=shown, field=field, version=version, at=self.app.clock.now()
        )
        return _changed(page)

    def not_saved(self, issue_id: int, field: str, sentence: str) -> ResponseReturnValue:
        """Answer that a text cannot be saved, and why."""
        if is_partial():
            return render_template("web/desk/shaping/not_saved.html", sentence=sentence), REFUSED
        flash(sentence, "wrong")
        return redirect(_after(issue_id, field), 303)

    def text_conflict(self, issue_id: int, conflict: Conflict) -> ResponseReturnValue:
        """Answer beside the text with both versions and the choice."""
        if not is_partial():
            return self.conflict(issue_id, conflict)
        page = render_template(
            "web/desk/shaping/text_conflict.html",
            differences=self._differences(issue_id, conflict),
            latest=_latest(conflict),
            back=_place(issue_id, "words"),
        )
        return page, CONFLICT

    def _view(self, issue_id: int) -> ShapingView:
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, "There is no such issue.")
            return view(rows, self.app, row, actor(), self.app.clock.now())

    def _differences(self, issue_id: int, conflict: Conflict) -> list[Difference]:
        mine = {change.field: change.after for change in conflict.wanted}
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404)
            shape = fold(edits_of(rows, row))
            fields = [shape.change(field, mine.get(field)) for field in conflict.theirs | mine]
            titles = titles_of(rows, fields)
            called = names(rows, [edit.actor for edit in conflict.theirs.values()])

        def difference(change: Change) -> Difference:
            edit = conflict.theirs.get(change.field)
            return Difference(
                field=named(change.field, titles),
                theirs=in_words(change.field, change.before, titles) if edit else "",
                mine=in_words(change.field, change.after, titles) if change.field in mine else "",
                who=called[edit.actor] if edit else "",
                at=edit.at if edit else None,
            )

        return [difference(change) for change in fields]


def is_partial() -> bool:
    """Tell whether htmx asks, which takes a part of the page."""
    return request.headers.get("HX-Request") == "true"


def titles_of(session: Session, changes: list[Change]) -> Mapping[int, str]:
    """Return the headlines of the stories that changes speak of."""
    ids: set[int] = set()
    for change in changes:
        kind, _, rest = change.field.partition("/")
        if rest.isdecimal() and kind != "sponsor":
            ids.add(int(rest))
        for value in (change.before, change.after):
            ids |= {value} if kind == "lead" and value else set(value or ()) if kind == "order" else set()
    return {article.id or 0: article.title for article in articles.load(session, sorted(ids))}


def _latest(conflict: Conflict) -> int:
    return max(edit.id for edit in conflict.theirs.values())


def _changed(page: str) -> Response:
    """Return a part of the page, and tell the page's script that the mail is another one now."""
    response = make_response(page)
    response.headers["HX-Trigger-After-Settle"] = "shaped"
    return response


def _place(issue_id: int, anchor: str) -> str:
    return url_for("desk.issue", issue_id=issue_id, _anchor=anchor)


def _after(issue_id: int, field: str) -> str:
    """Return the page where a text was written: the story's own, or the issue's."""
    number = field.partition("/")[2]
    return url_for("desk.story", issue_id=issue_id, story=number) if number else _place(issue_id, "words")


def _where(shown: ShapingView, moved: str) -> str:
    for lane in shown.lanes:
        for place, story in enumerate(lane.stories, start=1):
            if str(story.id) == moved:
                where = (
                    "leads the issue"
                    if lane.key == "lead"
                    else f"is {place} of {len(lane.stories)} in {lane.title}"
                )
                return f"“{story.title}” {where}."
    return "Done." if not moved else "The story is dropped."
