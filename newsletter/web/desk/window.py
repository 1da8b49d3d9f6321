"""The page that an editor's mail leads to: hold, release, take in later stories, by the mail's own link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from newsletter.app import App
from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor, WindowMail
from newsletter.editors.window import WAITING
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.issues.tables import IssueRow
from newsletter.proofs.examining import findings
from newsletter.web.desk.checking import Findings
from newsletter.web.desk.deeds import Deed, Order, Outdated, Seen, deed, perform, seen_now
from newsletter.web.desk.roles import open_to_all
from newsletter.web.desk.summaries import summarise
from subscribers.tokens import BadToken, Purpose

OFFERED = ("release", "send-now", "hold", "rebuild")
LASTS = timedelta(days=7)
_LABELS = {"rebuild": "Take in later stories", "release": "Release for its time", "send-now": "Send now"}
_REASON_IS_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who was asked about what."""

    editor: Editor
    issue: IssueRow


@dataclass(frozen=True, slots=True)
class Window:
    """The views, and what they work on."""

    app: App

    @open_to_all
    def page(self, token: str) -> ResponseReturnValue:
        """Show how it stands and what can be done. Changes nothing."""
        app, now = self.app, self.app.clock.now()
        with app.database.reading() as rows:
            asked = self._asked(rows, token)
            [issue] = summarise(rows, app.settings, [asked.issue])
            deeds = [what for what in _offered(asked) if what.offered(IssueState(asked.issue.state))]
            told = findings(rows, app, asked.issue, now) if asked.issue.stories else ()
            return render_template(
                "web/desk/window.html",
                issue=issue,
                editor=asked.editor,
                deeds=deeds,
                labels=_LABELS,
                seen=seen_now(rows, asked.issue),
                findings=Findings(told),
                token=token,
            )

    @open_to_all
    def act(self, token: str, name: str) -> ResponseReturnValue:
        """Do it under the name of whom the mail was for, unless the issue changed since the page was made."""
        now = self.app.clock.now()
        try:
            with self.app.database.writing() as rows:
                asked = self._asked(rows, token)
                what = next((each for each in _offered(asked) if each.name == name), None)
                if what is None:
                    abort(403, "This link does not let you do that.")
                order = Order(asked.editor.email, now, request.form.get("reason", "").strip()[:_REASON_IS_AT_MOST])
                perform(rows, self.app.settings, what, asked.issue.id, seen=_seen(), order=order)
            flash(what.done, "done")
        except Outdated:
            flash("Somebody changed the issue since your page was made; look at it again.", "wrong")
        except NoSuchTransition as trouble:
            flash(str(trouble), "wrong")
        return redirect(url_for("desk.window", token=token), 303)

    def _asked(self, rows: Session, token: str) -> _Asked:
        """Return whom the link was made for and the issue. Answers 410 where it opens nothing any more."""
        try:
            read = self.app.tokens.read(Purpose.WINDOW, token)
        except BadToken:
            _over("This link is not whole; it may have been cut off in your mail.")
        mail = rows.get(WindowMail, read.row)
        editor = rows.get(Editor, mail.editor_id) if mail else None
        issue = rows.get(IssueRow, mail.issue_id) if mail else None
        if editor is None or issue is None or editor.disabled_at or self.app.clock.now() - read.made_at > LASTS:
            _over("This link is no longer in use.")
        if IssueState(issue.state) not in WAITING | {IssueState.SKIPPED}:
            _over(
                f"The issue of {issue.date:%-d %B} is {issue.state}: nothing can be changed by this link any more."
            )
        return _Asked(editor, issue)


def _over(sentence: str) -> NoReturn:
    abort(410, f"{sentence} Sign in at the desk to see how it stands.")


def _offered(asked: _Asked) -> list[Deed]:
    role = Role(asked.editor.role)
    return [what for name in OFFERED if role.includes((what := deed(name)).needs)]


def _seen() -> Seen:
    try:
        return Seen(int(request.form["version"]), int(request.form["history"]))
    except (KeyError, ValueError):
        raise BadRequest("The form does not say which version of the issue it is about.") from None
