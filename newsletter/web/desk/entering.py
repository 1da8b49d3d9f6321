"""The pages for getting in: by password, by a mailed link, with a second factor; and out.

What is refused is refused in the same words, with the same work, whether or not an account has the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from newsletter.app import App
from newsletter.editors import accounts, links, second_factor, sessions, throttling
from newsletter.editors.passwords import MINIMUM_LENGTH, PasswordRefused
from newsletter.editors.tables import Editor, LinkKind
from newsletter.editors.throttling import Try
from newsletter.web.desk.roles import Role, needs, open_to_all
from newsletter.web.desk.signin import browser, enter, safe_next
from newsletter.web.networks import network

REFUSED, TOO_MANY, GONE, UNPROCESSABLE = 403, 429, 410, 422
CODE_WITHIN = timedelta(minutes=10)  # of the password or the link
_WAITS = "waits_for_code"
_log = structlog.get_logger("newsletter.desk")


@dataclass(frozen=True, slots=True)
class Entering:
    """The pages, and what they work on."""

    app: App

    @open_to_all
    def sign_in(self) -> ResponseReturnValue:
        """Ask for address and password."""
        if current_user.is_authenticated:
            return redirect(safe_next(request.args.get("next", "")), 303)
        return self._form()

    @open_to_all
    def check_password(self) -> ResponseReturnValue:
        """Let somebody in by address and password."""
        email, password = request.form.get("email", ""), request.form.get("password", "")
        tried = self.tried("password", email)
        if not self.may(tried):
            return self._form(email=email, too_many=True), TOO_MANY
        editor = self._verified(email, password)
        if editor is None:
            _log.warning("sign-in refused", network_address=request.remote_addr)
            return self._form(email=email, refused=True), REFUSED
        self.give_back(tried)
        return self._enter(editor, "password")

    @open_to_all
    def code(self) -> ResponseReturnValue:
        """Ask for the second factor's code."""
        if self._waiting() is None:
            return redirect(url_for("desk.sign_in"), 303)
        return render_template("web/desk/sign_in_code.html")

    @open_to_all
    def check_code(self) -> ResponseReturnValue:
        """Let somebody in whose password or link was good, by a code of the app or for recovery."""
        editor = self._waiting()
        if editor is None:
            return redirect(url_for("desk.sign_in"), 303)
        tried = self.tried("code", editor.email)
        if not self.may(tried):
            return render_template("web/desk/sign_in_code.html", too_many=True), TOO_MANY
        if not self.accepts(editor.id, request.form.get("code", "")):
            return render_template("web/desk/sign_in_code.html", refused=True), REFUSED
        self.give_back(tried)
        waited = session[_WAITS]
        enter(self.app, editor, waited["way"])
        return redirect(safe_next(waited["next"]), 303)

    @open_to_all
    def ask_link(self) -> ResponseReturnValue:
        """Owe a link to whoever has that address, and say the same whether or not anybody has."""
        email = request.form.get("email", "")
        if not self.may(self.tried("link", email)):
            return self._form(email=email, too_many=True), TOO_MANY
        with self.app.database.writing() as rows:
            editor = accounts.find(rows, email)
            links.owe(rows, LinkKind.SIGN_IN, editor, self.app.clock.now(), links.SIGN_IN_LASTS)
        return redirect(url_for("desk.link_sent"), 303)

    @open_to_all
    def link_sent(self) -> ResponseReturnValue:
        """Say that a mail is on its way, if the address is one of ours."""
        return render_template("web/desk/link_sent.html", minutes=links.SIGN_IN_LASTS.seconds // 60)

    @open_to_all
    def link(self, token: str) -> ResponseReturnValue:
        """Show the button of a mailed link: looking at it uses nothing up."""
        try:
            with self.app.database.reading() as rows:
                editor = links.whose(rows, self.app.tokens, LinkKind.SIGN_IN, token, self.app.clock.now())
        except links.DeadLink:
            return _dead()
        return render_template("web/desk/link.html", email=editor.email)

    @open_to_all
    def use_link(self, token: str) -> ResponseReturnValue:
        """Let somebody in by a mailed link."""
        now = self.app.clock.now()
        try:
            with self.app.database.writing() as rows:
                editor = links.use(rows, self.app.tokens, LinkKind.SIGN_IN, token, now)
                accounts.accept(rows, editor, None, now)
        except links.DeadLink:
            return _dead()
        return self._enter(editor, "link")

    @open_to_all
    def invitation(self, token: str) -> ResponseReturnValue:
        """Show what was invited to, and ask for a password."""
        try:
            with self.app.database.reading() as rows:
                editor = links.whose(rows, self.app.tokens, LinkKind.INVITATION, token, self.app.clock.now())
        except links.DeadLink:
            return _dead()
        return self._invitation(editor)

    @open_to_all
    def accept(self, token: str) -> ResponseReturnValue:
        """Open the account, with the password that was chosen, or without one."""
        app, now = self.app, self.app.clock.now()
        password = None if "without" in request.form else request.form.get("password", "")
        try:
            with app.database.writing() as rows:
                editor = links.use(rows, app.tokens, LinkKind.INVITATION, token, now)
                accounts.accept(rows, editor, password, now)
        except links.DeadLink:
            return _dead()
        except PasswordRefused as refusal:
            with app.database.reading() as rows:  # the link was not used up, for nothing was committed
                editor = links.whose(rows, app.tokens, LinkKind.INVITATION, token, now)
            return self._invitation(editor, error=str(refusal)), UNPROCESSABLE
        answer = self._enter(editor, "invitation")
        flash("Welcome. This is the desk.", "done")
        return answer

    @needs(Role.VIEWER)
    def sign_out(self) -> ResponseReturnValue:
        """End this session."""
        with self.app.database.writing() as rows:
            sessions.end(
                rows, current_user.session, current_user.number, self.app.clock.now(), by=current_user.email
            )
        logout_user()
        session.clear()
        return redirect(url_for("desk.sign_in"), 303)

    def tried(self, what: str, email: str) -> Try:
        """Return the try that this request makes."""
        here = browser().network_address
        with self.app.database.reading() as rows:
            editor = accounts.find(rows, email)
            known = sessions.is_known(rows, editor.id if editor else 0, here, self.app.clock.now())
        return Try(what, editor.email if editor else email.strip().casefold(), network(here), known)

    def may(self, tried: Try) -> bool:
        """Count a try; tell whether it may go on."""
        with self.app.database.writing() as rows:
            may = throttling.may(rows, self.app.tokens, tried, self.app.clock.now())
        if not may:
            _log.warning("too many tries", what=tried.what, network_address=request.remote_addr)
        return may

    def give_back(self, tried: Try) -> None:
        """Let a try that succeeded not count."""
        with self.app.database.writing() as rows:
            throttling.give_back(rows, self.app.tokens, tried, self.app.clock.now())

    def accepts(self, editor_id: int, code: str) -> bool:
        """Use a code up; tell whether it was good."""
        with self.app.database.writing() as rows:
            editor = rows.get_one(Editor, editor_id)
            return second_factor.accept(rows, self.app.authenticator(), editor, code, self.app.clock.now())

    def _verified(self, email: str, password: str) -> Editor | None:
        with self.app.database.reading() as rows:
            editor = accounts.verify(rows, email, password)
        if editor is None or not accounts.outdated(editor):
            return editor
        with self.app.database.writing() as rows:
            return accounts.renew_hash(rows, editor.id, password)

    def _enter(self, editor: Editor, way: str) -> ResponseReturnValue:
        """Sign in, or ask for the code first where there is a second factor."""
        target = request.args.get("next", "")
        if editor.totp_salt is None:
            enter(self.app, editor, way)
            return redirect(safe_next(target), 303)
        until = (self.app.clock.now() + CODE_WITHIN).timestamp()
        session[_WAITS] = {"editor": editor.id, "way": way, "until": until, "next": target}
        return redirect(url_for("desk.sign_in_code"), 303)

    def _waiting(self) -> Editor | None:
        """Return whose code is waited for, in this browser."""
        waited = session.get(_WAITS)
        if not waited or waited["until"] < self.app.clock.now().timestamp():
            return None
        with self.app.database.reading() as rows:
            editor = rows.get(Editor, waited["editor"])
        return editor if editor and editor.disabled_at is None and editor.totp_salt is not None else None

    def _form(self, *, email: str = "", refused: bool = False, too_many: bool = False) -> str:
        return render_template("web/desk/sign_in.html", email=email, refused=refused, too_many=too_many)

    def _invitation(self, editor: Editor, error: str = "") -> str:
        return render_template("web/desk/invitation.html", editor=editor, error=error, minimum=MINIMUM_LENGTH)


def _dead() -> ResponseReturnValue:
    return render_template("web/desk/dead_link.html"), GONE
