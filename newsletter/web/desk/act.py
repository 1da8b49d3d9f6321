"""What an editor's buttons do. Each is a POST that leads back to the page where its effect is seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from newsletter.app import App
from newsletter.issues import store
from newsletter.issues.states import NoSuchTransition
from newsletter.web.desk import health
from newsletter.web.desk.deeds import Deed, Order, Outdated, Seen, deed, history, perform
from newsletter.web.desk.issue import view
from newsletter.web.desk.roles import Role, needs, require
from newsletter.web.desk.signin import actor
from newsletter.web.desk.trial import TrialRefused, send_test

REASON_IS_AT_MOST = 500
_AFTER = {True: "The daemon will begin within seconds.", False: "It waits for the daemon, which is not running."}


@dataclass(frozen=True, slots=True)
class Act:
    """The actions, and what they work on."""

    app: App

    @needs(Role.EDITOR)
    def act(self, issue_id: int, name: str) -> ResponseReturnValue:
        """Do one deed to an issue, unless it changed since the editor looked."""
        what = _deed(name)
        require(what.needs)
        seen = _seen()
        reason = request.form.get("reason", "").strip()[:REASON_IS_AT_MOST]
        order = Order(actor(), self.app.clock.now(), reason)
        try:
            with self.app.database.writing() as rows:
                perform(rows, self.app.settings, what, issue_id, seen=seen, order=order)
        except LookupError:
            abort(404, "There is no such issue.")
        except (Outdated, NoSuchTransition) as conflict:
            return self._conflict(issue_id, seen, str(conflict))
        flash(self._told(what), "done")
        return redirect(url_for("desk.issue", issue_id=issue_id), 303)

    @needs(Role.EDITOR)
    def build(self, slug: str) -> ResponseReturnValue:
        """Build an evening's issue before its time. Building twice changes nothing."""
        try:
            newsletter = self.app.settings.newsletter(slug)
            date = dt.date.fromisoformat(request.form.get("date", ""))
        except KeyError:
            abort(404, "There is no such newsletter.")
        except ValueError:
            raise BadRequest("The form names no date.") from None
        with self.app.database.writing() as rows:
            issue = store.build(rows, self.app.settings, newsletter, date, self.app.clock.now(), actor=actor())
        return redirect(url_for("desk.issue", issue_id=issue.id), 303)

    @needs(Role.EDITOR)
    def trial(self, issue_id: int) -> ResponseReturnValue:
        """Send the editor a test mail of the issue."""
        to = request.form.get("to", "")
        try:
            flash(send_test(self.app, issue_id, to), "done")
        except LookupError:
            abort(404, "There is no such issue.")
        except TrialRefused as refused:
            flash(str(refused), "wrong")
        return redirect(url_for("desk.issue", issue_id=issue_id), 303)

    def _told(self, what: Deed) -> str:
        if what.name not in {"send-now", "resume"}:
            return what.done
        with self.app.database.reading() as rows:
            alive = health.daemon(rows, self.app.clock.now()).alive
        return f"{what.done} {_AFTER[alive]}"

    def _conflict(self, issue_id: int, seen: Seen, sentence: str) -> ResponseReturnValue:
        page = view(self.app, issue_id, "none")
        if page is None:
            abort(404, "There is no such issue.")
        with self.app.database.reading() as rows:
            changes = history(rows, issue_id, after=seen.history)
        sentence = f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}."
        return render_template("web/desk/conflict.html", page=page, sentence=sentence, changes=changes), 409


def _deed(name: str) -> Deed:
    try:
        return deed(name)
    except KeyError:
        abort(404, "There is no such page.")


def _seen() -> Seen:
    try:
        return Seen(int(request.form["version"]), int(request.form["history"]))
    except (KeyError, ValueError):
        raise BadRequest("The form does not say which version of the issue it is about.") from None
