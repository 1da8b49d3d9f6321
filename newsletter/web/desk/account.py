"""One's own account: where one is signed in, the password, the second factor."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from newsletter.app import App
from newsletter.editors import accounts, second_factor, sessions
from newsletter.editors.log import About, note
from newsletter.editors.passwords import MINIMUM_LENGTH, PasswordRefused
from newsletter.editors.tables import Editor
from newsletter.web.desk.browsers import in_words
from newsletter.web.desk.entering import REFUSED, TOO_MANY, UNPROCESSABLE, Entering
from newsletter.web.desk.roles import Role, needs, sensitive
from newsletter.web.desk.signin import actor, enter, safe_next

_SALT = "second_factor"  # that is being set up in this browser; no secret, see `second_factor`


@dataclass(frozen=True, slots=True)
class Account:
    """The pages, and what they work on."""

    app: App

    @needs(Role.VIEWER)
    def page(self) -> ResponseReturnValue:
        """Show where one is signed in, and by what."""
        return self._shown()

    @needs(Role.VIEWER)
    def end_session(self, session_id: int) -> ResponseReturnValue:
        """End one of one's own sessions."""
        with self.app.database.writing() as rows:
            ended = sessions.end(rows, session_id, current_user.number, self.app.clock.now(), by=actor())
        flash("That session is ended." if ended else "That session had ended already.", "done")
        return _back()

    @needs(Role.VIEWER)
    def end_others(self) -> ResponseReturnValue:
        """Sign out everywhere but here."""
        me, now = current_user, self.app.clock.now()
        with self.app.database.writing() as rows:
            ended = sessions.end_all(rows, me.number, now, by=actor(), but=me.session)
            note(rows, now, actor(), "signed out everywhere else", About.SESSION, detail=f"{ended} ended")
        flash("You are signed out everywhere but here.", "done")
        return _back()

    @sensitive
    @needs(Role.VIEWER)
    def change_password(self) -> ResponseReturnValue:
        """Set a new password, which ends every session but begins one here."""
        app, now = self.app, self.app.clock.now()
        try:
            with app.database.writing() as rows:
                password = request.form.get("password", "")
                editor = accounts.set_password(rows, actor(), password, now, actor=actor())
        except PasswordRefused as refusal:
            return self._shown(error=str(refusal)), UNPROCESSABLE
        enter(app, editor, "password")
        flash("The password is changed, and you are signed out everywhere but here.", "done")
        return _back()

    @sensitive
    @needs(Role.VIEWER)
    def second_factor(self) -> ResponseReturnValue:
        """Show the QR code for an authenticator app."""
        if current_user.has_second_factor:
            return _back()
        session[_SALT] = session.get(_SALT) or second_factor.new_salt(self.app.chance)
        return self._setting_up()

    @sensitive
    @needs(Role.VIEWER)
    def turn_on(self) -> ResponseReturnValue:
        """Ask for codes from now on, once the app has shown a good one; show recovery codes for the only time."""
        app, now, salt = self.app, self.app.clock.now(), session.get(_SALT)
        if current_user.has_second_factor or not salt:
            return _back()
        step = app.authenticator().step_of(salt, request.form.get("code", ""), now)
        if step is None:
            return self._setting_up(refused=True), UNPROCESSABLE
        with app.database.writing() as rows:
            editor = rows.get_one(Editor, current_user.number)
            second_factor.turn_on(rows, editor, salt, step)
            codes = second_factor.new_recovery_codes(rows, app.authenticator(), app.chance, editor.id)
            sessions.end_all(rows, editor.id, now, by=actor(), but=current_user.session)
            note(rows, now, actor(), "set up a second factor", About.ACCOUNT, subject=actor())
        session.pop(_SALT)
        return render_template("web/desk/recovery_codes.html", codes=codes)

    @sensitive
    @needs(Role.VIEWER)
    def turn_off(self) -> ResponseReturnValue:
        """Ask for no codes any more."""
        now = self.app.clock.now()
        with self.app.database.writing() as rows:
            second_factor.turn_off(rows, current_user.number)
            note(rows, now, actor(), "took the second factor off", About.ACCOUNT, subject=actor())
        flash("Codes are not asked for any more.", "done")
        return _back()

    @sensitive
    @needs(Role.VIEWER)
    def new_codes(self) -> ResponseReturnValue:
        """Replace the recovery codes; show the new ones for the only time."""
        app = self.app
        if not current_user.has_second_factor:
            abort(404, "There is no second factor.")
        with app.database.writing() as rows:
            codes = second_factor.new_recovery_codes(rows, app.authenticator(), app.chance, current_user.number)
            note(rows, app.clock.now(), actor(), "made new recovery codes", About.ACCOUNT, subject=actor())
        return render_template("web/desk/recovery_codes.html", codes=codes)

    @needs(Role.VIEWER)
    def again(self) -> ResponseReturnValue:
        """Ask who it is, before something sensitive."""
        return render_template("web/desk/again.html")

    @needs(Role.VIEWER)
    def prove(self) -> ResponseReturnValue:
        """Take a code, or the password where there is no second factor."""
        entering = Entering(self.app)
        tried = entering.tried("code" if current_user.has_second_factor else "password", actor())
        if not entering.may(tried):
            return render_template("web/desk/again.html", too_many=True), TOO_MANY
        if not self._is_proven(entering):
            return render_template("web/desk/again.html", refused=True), REFUSED
        entering.give_back(tried)
        with self.app.database.writing() as rows:
            sessions.note_proof(rows, current_user.session, self.app.clock.now())
        return redirect(safe_next(request.args.get("next", "")), 303)

    def _is_proven(self, entering: Entering) -> bool:
        if current_user.has_second_factor:
            return entering.accepts(current_user.number, request.form.get("code", ""))
        with self.app.database.reading() as rows:
            return accounts.verify(rows, actor(), request.form.get("password", "")) is not None

    def _setting_up(self, *, refused: bool = False) -> str:
        makes, salt = self.app.authenticator(), session[_SALT]
        secret = makes.secret(salt)
        return render_template(
            "web/desk/second_factor.html",
            picture=_picture(makes.address(salt, actor(), self.app.settings.site.name)),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            refused=refused,
            required=self.app.settings.desk.require_totp,
        )

    def _shown(self, error: str = "") -> str:
        now = self.app.clock.now()
        with self.app.database.reading() as rows:
            mine = sessions.of(rows, current_user.number, self.app.settings.desk, now)
            left = second_factor.recovery_codes_left(rows, current_user.number)
        return render_template(
            "web/desk/account.html",
            sessions=mine,
            in_words=in_words,
            left=left,
            error=error,
            minimum=MINIMUM_LENGTH,
            required=self.app.settings.desk.require_totp,
        )


def _picture(address: str) -> Markup:
    """Return the QR code as SVG; dark on white, as scanners want it, in a dark page too."""
    out = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(
        out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False, svgns=False, nl=False, svgclass="qr"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of modules, by us


def _back() -> ResponseReturnValue:
    return redirect(url_for("desk.account"), 303)
