"""The pages of corrections: each step is shown before it is done, and done by a POST of a publisher's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from newsletter.app import App
from newsletter.delivery.corrections import mails
from newsletter.delivery.corrections.mails import Words
from newsletter.delivery.corrections.versions import CannotCorrect, Wish
from newsletter.issues import store as issues
from newsletter.issues.placing import NothingLeft
from newsletter.issues.shaping import store, values
from newsletter.issues.shaping.shape import Change
from newsletter.issues.shaping.store import Conflict, Frozen, Shaped
from newsletter.issues.shaping.values import BadValue
from newsletter.issues.tables import IssueRow
from newsletter.proofs.preview import NoPreview, corrected
from newsletter.rendering.note import note_html
from newsletter.web.desk.correcting.seen import CorrectionPage, page_of
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.signin import actor
from newsletter.web.desk.trial import TrialRefused, told_of_trial
from newsletter.web.throttling import limiter_of

TEST_MAILS = "10 per 10 minutes; 60 per day"
LONGEST_NOTICE = 500
_NONE = "There is nothing of this issue that could be corrected: no letter of it was frozen."
_REFUSED = (CannotCorrect, NothingLeft, BadValue, Frozen)


def add_routes(web: Flask, desk: Blueprint, app: App) -> None:
    """Add the pages and what their buttons do."""
    views, one, post = Correcting(app), "/issues/<int:issue_id>/correction", ["POST"]
    limited = limiter_of(web).limit(TEST_MAILS, key_func=lambda: getattr(current_user, "email", ""))
    desk.add_url_rule(one, "correction", views.page)
    desk.add_url_rule(f"{one}/words", "correct_words", views.words, methods=post)
    desk.add_url_rule(f"{one}/html", "correction_html", views.html)
    desk.add_url_rule(f"{one}/sure", "correction_sure", views.sure)
    desk.add_url_rule(one, "correct", views.correct, methods=post)
    desk.add_url_rule(f"{one}/mail", "write_correction", views.write, methods=post)
    desk.add_url_rule(f"{one}/mail/test", "test_correction", limited(views.test), methods=post)
    desk.add_url_rule(f"{one}/mail/sure", "correction_mail_sure", views.mail_sure)
    desk.add_url_rule(f"{one}/mail/send", "send_correction", views.send, methods=post)


@dataclass(frozen=True, slots=True)
class Correcting:
    """The views, and what they work on."""

    app: App

    @needs(Role.PUBLISHER)
    def page(self, issue_id: int) -> ResponseReturnValue:
        """Show what can be put right, and what was."""
        return render_template("web/desk/correcting/page.html", page=self._page(issue_id))

    @needs(Role.PUBLISHER)
    def html(self, issue_id: int) -> ResponseReturnValue:
        """Give the corrected letter's HTML part alone, for the sandboxed frame."""
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id)
            if row is None or row.locked_at is None or row.part:
                abort(404, _NONE)
            try:
                return corrected(rows, self.app, row, self.app.clock.now()).html
            except NoPreview as trouble:
                abort(404, str(trouble))

    @needs(Role.PUBLISHER)
    def words(self, issue_id: int) -> ResponseReturnValue:
        """Keep the corrected words. No letter changes by it."""
        try:
            with self.app.database.writing() as rows:
                issue = issues.get(rows, issue_id)
                now_shaped = store.shaped(rows, self.app.settings, issue)
                wanted = self._changes(issue, now_shaped)
                seen = request.form.get("seen", 0, int)
                store.reword(rows, issue, wanted, self.app.clock.now(), actor=actor(), seen=seen)
        except LookupError:
            abort(404, _NONE)
        except Conflict:
            flash("Somebody else changed these words since your page was made; nothing was saved.", "wrong")
        except _REFUSED as refusal:
            flash(str(refusal), "wrong")
        else:
            flash("Kept; nothing is corrected yet. Look at it below." if wanted else "No word changed.", "done")
        return self._back(issue_id)

    @needs(Role.PUBLISHER)
    def sure(self, issue_id: int) -> ResponseReturnValue:
        """Ask once more before a further version is made."""
        return render_template(
            "web/desk/correcting/sure.html", page=self._page(issue_id), wish=_wish(request.args)
        )

    @needs(Role.PUBLISHER)
    def correct(self, issue_id: int) -> ResponseReturnValue:
        """Make a further version of the letters."""
        wish = _wish(request.form)
        try:
            with self.app.database.writing() as rows:
                issue = issues.get(rows, issue_id)
                if store.shaped(rows, self.app.settings, issue).last != request.form.get("seen", -1, int):
                    raise CannotCorrect("Its words were changed since your page was made; look at them again.")
                made = self.app.correct(rows, issue_id, wish, actor=actor())
        except LookupError:
            abort(404, _NONE)
        except _REFUSED as refusal:
            flash(str(refusal), "wrong")
        else:
            flash(_told(wish, made.remainder, made.withdrawn), "done")
        return self._back(issue_id)

    @needs(Role.PUBLISHER)
    def write(self, issue_id: int) -> ResponseReturnValue:
        """Keep what the mail is to say."""
        form = request.form
        try:
            body = "\n".join(form.get("body", "").splitlines()).strip()
            written = Words(_kept("subject", form.get("subject", "")), body, form.get("faulty", 1, int))
            with self.app.database.writing() as rows:
                now = self.app.clock.now()
                mails.write(rows, issue_id, written, now, actor=actor(), seen=form.get("seen", ""))
        except LookupError:
            abort(404, _NONE)
        except _REFUSED as refusal:
            flash(str(refusal), "wrong")
        else:
            flash("Kept. Send yourself a test before it can go out.", "done")
        return self._back(issue_id, "mail")

    @needs(Role.PUBLISHER)
    def test(self, issue_id: int) -> ResponseReturnValue:
        """Send the editor the mail, as a test."""
        page = self._page(issue_id)
        if page.mail is None or page.stamp != request.form.get("seen"):
            flash("The mail was changed since your page was made; look at it again.", "wrong")
            return self._back(issue_id, "mail")
        mail, to = page.mail, request.form.get("to", "")
        with self.app.database.reading() as rows:
            issue = rows.get_one(IssueRow, issue_id)
        try:
            flash(told_of_trial(to, lambda address: self.app.send_correction_trial(issue, mail, address)), "done")
        except TrialRefused as refused:
            flash(str(refused), "wrong")
        else:
            with self.app.database.writing() as rows:
                mails.tested(rows, issue_id, page.stamp, self.app.clock.now())
        return self._back(issue_id, "mail")

    @needs(Role.PUBLISHER)
    def mail_sure(self, issue_id: int) -> ResponseReturnValue:
        """Show the mail and ask once more before it is owed to its readers."""
        page = self._page(issue_id)
        if page.mail is None:
            abort(404, "No mail is being written about this issue.")
        body = note_html(page.mail.body)
        return render_template("web/desk/correcting/mail_sure.html", page=page, body=body)

    @needs(Role.PUBLISHER)
    def send(self, issue_id: int) -> ResponseReturnValue:
        """Owe the mail to those who got the mistake."""
        try:
            with self.app.database.writing() as rows:
                sent = self.app.send_correction(rows, issue_id, request.form.get("seen", ""), actor=actor())
        except LookupError:
            abort(404, _NONE)
        except CannotCorrect as refusal:
            flash(str(refusal), "wrong")
            return self._back(issue_id, "mail")
        flash("The correction is on its way to those who got the mistake.", "done")
        return redirect(url_for("desk.issue", issue_id=sent.id), 303)

    def _page(self, issue_id: int) -> CorrectionPage:
        with self.app.database.reading() as rows:
            return page_of(rows, self.app, issue_id, self.app.clock.now()) or abort(404, _NONE)

    def _changes(self, issue: IssueRow, shaped: Shaped) -> list[Change]:
        """Return the changes of the fields that the form sent and that say something else now."""
        shown = {
            "subject": shaped.shape.get("subject") or issue.subject,
            "preheader": shaped.shape.get("preheader") or issue.preheader,
            "note": shaped.shape.get("note") or "",
        }
        for one in shaped.board.placed:
            shown[f"headline/{one.article.id}"] = one.article.title
            shown[f"standfirst/{one.article.id}"] = one.article.standfirst
        written = {name: _kept(name, request.form[name]) for name in shown if name in request.form}
        return [
            shaped.shape.change(name, words)
            for name, words in written.items()
            if words.split() != shown[name].split()
        ]

    def _back(self, issue_id: int, anchor: str = "") -> ResponseReturnValue:
        return redirect(url_for("desk.correction", issue_id=issue_id, _anchor=anchor or None), 303)


def _kept(field: str, written: str) -> str:
    return values.text(field.partition("/")[0], written)


def _wish(given: Mapping[str, str]) -> Wish:
    notice = " ".join(given.get("notice", "").split())[:LONGEST_NOTICE]
    return Wish(notice, remainder="remainder" in given, on_web="on_web" in given)


def _told(wish: Wish, moved: int, withdrawn: int) -> str:
    told = []
    if wish.remainder:
        letters = f"{moved:,} {'letter' if moved == 1 else 'letters'}"
        told.append(f"{letters} still to be sent will be the corrected one.")
        told.append("Resume the issue to let them go.")
    if withdrawn:
        told.append(f"{withdrawn:,} were withdrawn: nothing is left of what their readers chose.")
    if wish.on_web:
        told.append("The page in the browser shows the correction, with your notice.")
    return " ".join(told)
