"""The pages of shaping: one story's words, every edit, and who else is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.domain.article import Image
from newsletter.issues.shaping import presence, store
from newsletter.issues.shaping.board import image_of
from newsletter.issues.shaping.shape import Edit, can_be_undone, fold
from newsletter.issues.tables import IssueRow
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.shaping.answers import titles_of
from newsletter.web.desk.shaping.deeds import ShapingDeeds
from newsletter.web.desk.shaping.telling import Told, deed_in_words, told
from newsletter.web.desk.shaping.view import Text, names, view
from newsletter.web.desk.signin import actor

_NO_SUCH = "There is no such issue."
_ISSUE = "/issues/<int:issue_id>"


@dataclass(frozen=True, slots=True)
class Entry:
    """An edit as the history tells it. `at` is aware UTC."""

    id: int
    at: dt.datetime
    who: str
    what: str
    changes: tuple[Told, ...]
    can_be_put_back: bool


@dataclass(frozen=True, slots=True)
class ShapingPages:
    """The pages, and what they look through."""

    app: App

    @needs(Role.EDITOR)
    def story(self, issue_id: int, story: int) -> ResponseReturnValue:
        """Show one story's headline, standfirst and picture, as the mail has them."""
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, _NO_SUCH)
            shown = view(rows, self.app, row, actor(), self.app.clock.now())
            if not shown.is_open:
                abort(404, "The issue is frozen: what it says can no longer be changed.")
            shaped = store.shaped(rows, self.app.settings, row)
        article, shape = shaped.board.originals.get(story), shaped.shape
        if article is None:
            abort(404, "This story is not in the issue.")
        picture = shape.get(f"picture/{story}")
        return render_template(
            "web/desk/shaping/story_page.html",
            shaping=shown,
            article=article,
            headline=_text(shape.get(f"headline/{story}"), article.title, shape.version(f"headline/{story}")),
            standfirst=_text(
                shape.get(f"standfirst/{story}"), article.standfirst, shape.version(f"standfirst/{story}")
            ),
            picture=(article.image if picture is None else image_of(picture)) or Image(""),
            picture_version=shape.version(f"picture/{story}"),
        )

    @needs(Role.VIEWER)
    def edits(self, issue_id: int) -> ResponseReturnValue:
        """Show every edit of an issue: who, when, and what it changed."""
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, _NO_SUCH)
            shown = view(rows, self.app, row, actor(), self.app.clock.now())
            all_edits = store.edits_of(rows, row)
            edits = store.of_this_issue(all_edits, row)
            called = names(rows, list({edit.actor for edit in edits}))
            titles = titles_of(rows, [change for edit in edits for change in edit.changes])
        shape = fold(all_edits)
        entries = [
            Entry(
                edit.id,
                edit.at,
                called[edit.actor],
                deed_in_words(edit),
                told(edit.changes, titles),
                can_be_undone(edit, shape),
            )
            for edit in reversed(edits)
        ]
        return render_template("web/desk/shaping/edits.html", shaping=shown, entries=entries)

    @needs(Role.EDITOR)
    def presence(self, issue_id: int) -> ResponseReturnValue:
        """Note that the editor has the issue open; answer who else has, and what they changed."""
        last, now = request.form.get("last", "0"), self.app.clock.now()
        with self.app.database.writing() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, _NO_SUCH)
            presence.tell(rows, issue_id, actor(), now)
            here = presence.others(rows, issue_id, actor(), now)
            edits = store.of_this_issue(store.edits_of(rows, row), row)
            theirs = [edit for edit in edits if edit.id > int(last or 0) and edit.actor != actor()]
            called = names(rows, [*here, *(edit.actor for edit in theirs)])
            frozen = store.why_frozen(row)
        return _told([called[email] for email in here], _changed(theirs, called), theirs, issue_id, frozen)


def add_routes(desk: Blueprint, app: App) -> None:
    """Add the pages and the deeds of shaping to the desk."""
    pages, deeds, post = ShapingPages(app), ShapingDeeds(app), ["POST"]
    desk.add_url_rule(f"{_ISSUE}/stories/<int:story>", "story", pages.story)
    desk.add_url_rule(f"{_ISSUE}/edits", "edits", pages.edits)
    desk.add_url_rule(f"{_ISSUE}/shape/presence", "shape_presence", pages.presence, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/story", "shape_story", deeds.story, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/section", "shape_section", deeds.section, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/add", "shape_add", deeds.add, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/text", "shape_text", deeds.text, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/picture/<int:story>", "shape_picture", deeds.picture, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/sponsor", "shape_sponsor", deeds.sponsor, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/undo", "shape_undo", deeds.undo, methods=post)
    desk.add_url_rule(f"{_ISSUE}/shape/redo", "shape_redo", deeds.redo, methods=post)
    desk.add_url_rule(f"{_ISSUE}/edits/<int:edit_id>/put-back", "shape_put_back", deeds.put_back, methods=post)


def _text(own: str | None, automatic: str, version: int) -> Text:
    return Text(own or automatic, automatic, version)


def _changed(theirs: Sequence[Edit], called: dict[str, str]) -> list[tuple[str, str, dt.datetime]]:
    """Return who did what lately: of each the last three."""
    return [(called[edit.actor], deed_in_words(edit), edit.at) for edit in theirs[-3:]]


def _told(
    here: list[str],
    changed: list[tuple[str, str, dt.datetime]],
    theirs: Sequence[Edit],
    issue_id: int,
    frozen: str,
) -> ResponseReturnValue:
    """Answer what is new; nothing (204) where the page tells it already, so that nobody hears it twice."""
    latest = theirs[-1].id if theirs else 0
    told = f"{'|'.join(here)} {latest} {frozen}".strip()
    if request.form.get("told", "0") == told:
        return "", 204
    return render_template(
        "web/desk/shaping/who.html",
        here=here,
        changed=changed,
        issue_id=issue_id,
        latest=latest,
        told=told,
        frozen=frozen,
    )
