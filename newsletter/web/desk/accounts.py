"""Who works at the desk: administrators invite, change roles, end sessions, shut out and let in again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from newsletter.app import App
from newsletter.editors import accounts, links, sessions
from newsletter.editors.log import About, note
from newsletter.editors.tables import Editor
from newsletter.web.desk.browsers import in_words
from newsletter.web.desk.roles import Role, needs, sensitive
from newsletter.web.desk.signin import actor
from subscribers.addresses import InvalidAddress

UNPROCESSABLE = 422
MEANINGS = {
    Role.VIEWER: "looks at everything but accounts and keys",
    Role.EDITOR: "also shapes and rebuilds issues, and sends test mails",
    Role.PUBLISHER: "also holds, releases, sends, pauses and cancels",
    Role.ADMINISTRATOR: "also looks after accounts, keys, webhooks",
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """The pages, and what they work on."""

    app: App

    @needs(Role.ADMINISTRATOR)
    def page(self) -> ResponseReturnValue:
        """List the accounts."""
        return self._listed()

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def invite(self) -> ResponseReturnValue:
        """Invite somebody, by mail."""
        app, now = self.app, self.app.clock.now()
        email, name, role = request.form.get("email", ""), request.form.get("name", ""), _role()
        try:
            with app.database.writing() as rows:
                lasts = app.settings.desk.invitations_last
                accounts.invite(rows, email, name, now, role=role, actor=actor(), lasts=lasts)
        except (InvalidAddress, accounts.EditorExists) as refusal:
            return self._listed(error=str(refusal).rstrip("."), email=email, name=name, chosen=role), UNPROCESSABLE
        flash(f"The invitation is on its way to {email.strip()}.", "done")
        return redirect(url_for("desk.accounts"), 303)

    @needs(Role.ADMINISTRATOR)
    def one(self, editor_id: int) -> ResponseReturnValue:
        """Show one account."""
        now = self.app.clock.now()
        with self.app.database.reading() as rows:
            editor = _editor(rows, editor_id)
            theirs = sessions.of(rows, editor_id, self.app.settings.desk, now)
            invitation = links.latest_invitation(rows, editor_id)
        return render_template(
            "web/desk/editor.html",
            editor=editor,
            sessions=theirs,
            invitation=invitation,
            in_words=in_words,
            meanings=MEANINGS,
        )

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def change_role(self, editor_id: int) -> ResponseReturnValue:
        """Let somebody do more or less."""
        role = _role()
        return self._changed(
            editor_id,
            lambda rows, editor: accounts.change_role(rows, editor, role, self.app.clock.now(), actor=actor()),
            f"From now on: {role}.",
        )

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def disable(self, editor_id: int) -> ResponseReturnValue:
        """Shut somebody out at once."""
        return self._changed(
            editor_id,
            lambda rows, editor: accounts.disable(rows, editor, self.app.clock.now(), actor=actor()),
            "The account is disabled, and its sessions are ended.",
        )

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def enable(self, editor_id: int) -> ResponseReturnValue:
        """Let somebody in again."""
        return self._changed(
            editor_id,
            lambda rows, editor: accounts.enable(rows, editor, self.app.clock.now(), actor=actor()),
            "The account is enabled.",
        )

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def reset_second_factor(self, editor_id: int) -> ResponseReturnValue:
        """Take a lost second factor off."""
        now = self.app.clock.now()
        return self._changed(
            editor_id,
            lambda rows, editor: accounts.reset_second_factor(rows, editor, now, actor=actor()),
            "The second factor is off, and all sessions are ended.",
        )

    @needs(Role.ADMINISTRATOR)
    def end_sessions(self, editor_id: int) -> ResponseReturnValue:
        """Sign somebody out everywhere, or one session of theirs where the form names it."""
        only, now = request.form.get("session", 0, int), self.app.clock.now()

        def end(rows: Session, editor: Editor) -> None:
            if only:
                sessions.end(rows, only, editor.id, now, by=actor())
            else:
                sessions.end_all(rows, editor.id, now, by=actor())
            note(rows, now, actor(), "ended sessions", About.ACCOUNT, subject=editor.email)

        return self._changed(editor_id, end, "The session is ended." if only else "All sessions are ended.")

    def _changed(
        self, editor_id: int, change: Callable[[Session, Editor], object], done: str
    ) -> ResponseReturnValue:
        try:
            with self.app.database.writing() as rows:
                change(rows, _editor(rows, editor_id))
        except accounts.LastAdministrator as refusal:
            flash(f"{refusal}.", "wrong")
        else:
            flash(done, "done")
        return redirect(url_for("desk.editor", editor_id=editor_id), 303)

    def _listed(self, **more: object) -> str:
        with self.app.database.reading() as rows:
            everybody, seen = accounts.everybody(rows), sessions.last_seen(rows)
        return render_template("web/desk/accounts.html", editors=everybody, seen=seen, meanings=MEANINGS, **more)


def _editor(rows: Session, editor_id: int) -> Editor:
    found = rows.get(Editor, editor_id) if editor_id < 2**31 else None
    return found or abort(404, "There is no such account.")


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise BadRequest("The form names no role.") from None
