"""Signing in and out, and the guard before every other page of the desk.

The session is a signed cookie (HttpOnly, SameSite=Lax, Secure on https) that names the account and a fingerprint
of its password hash. Nothing in the desk is reached without it but the sign-in page, and nothing is changed by a
request without the session's CSRF token. The readers' pages are not touched by either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from newsletter.app import App
from newsletter.editors.accounts import fingerprint, outdated, renew_hash, verify
from newsletter.editors.tables import Editor
from newsletter.web.desk import roles
from newsletter.web.desk.roles import Role
from newsletter.web.throttling import limiter_of

SESSION_LASTS = timedelta(hours=12)
TRIES_PER_NETWORK_ADDRESS = "10 per 5 minutes; 60 per day"
TRIES_PER_ACCOUNT = "30 per hour"
REFUSED = 403
_log = structlog.get_logger("newsletter.desk")


@dataclass(frozen=True, slots=True, eq=False)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Who is signed in, as the pages know them."""

    number: int
    email: str
    name: str
    password: str  # the fingerprint of its hash
    role: Role

    def get_id(self) -> str:
        """Return what the session keeps."""
        return f"{self.number}.{self.password}"


def guard(web: Flask, desk: Blueprint, app: App) -> None:
    """Put the session, the CSRF check and the sign-in pages before everything in `desk`."""
    _configure(web, app)
    csrf = CSRFProtect()
    csrf.init_app(web)
    manager = LoginManager(web)
    manager.user_loader(lambda key: _load(app, key))
    desk.before_request(_require_sign_in)
    roles.guard(desk)
    desk.before_request(lambda: _require_own_origin(app.settings.site.base_url))
    desk.before_request(csrf.protect)
    _add_pages(web, desk, app)


def actor() -> str:
    """Return the address of who is signed in, for the history."""
    return str(current_user.email)


def _configure(web: Flask, app: App) -> None:
    web.config.update(
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.settings.site.base_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS,
        WTF_CSRF_CHECK_DEFAULT=False,  # the readers' forms carry no token; the desk checks its own
        WTF_CSRF_SSL_STRICT=False,  # _require_own_origin compares with base_url, which a proxy's Host may not be
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as the session
    )


def _load(app: App, key: str) -> SignedIn | None:
    number, _, password = key.partition(".")
    with app.database.reading() as rows:
        editor = rows.get(Editor, int(number)) if number.isdecimal() else None
    if editor is None or fingerprint(editor) != password:
        return None
    return _signed_in(editor)


def _signed_in(editor: Editor) -> SignedIn:
    return SignedIn(editor.id, editor.email, editor.name, fingerprint(editor), Role(editor.role))


def _require_sign_in() -> ResponseReturnValue | None:
    if current_user.is_authenticated or roles.role_of(request.endpoint) is None:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("desk.sign_in", next=wanted), 303)


def _require_own_origin(base_url: str) -> None:
    """Refuse a form that a browser says was sent from somebody else's page. A second guard behind the token."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and origin not in {_origin(base_url), _origin(request.host_url)}:
        abort(400, "The form was sent from another site.")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _add_pages(web: Flask, desk: Blueprint, app: App) -> None:
    @roles.open_to_all
    def sign_in() -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(safe_next(request.args.get("next", "")), 303)
        if request.method == "GET":
            return render_template("web/desk/sign_in.html", email="", refused=False)
        email, password = request.form.get("email", ""), request.form.get("password", "")
        editor = _check(app, email, password)
        if editor is None:
            _log.warning("sign-in refused", network_address=request.remote_addr)
            return render_template("web/desk/sign_in.html", email=email, refused=True), REFUSED
        _begin(editor)
        return redirect(safe_next(request.args.get("next", "")), 303)

    @roles.needs(Role.VIEWER)
    def sign_out() -> ResponseReturnValue:
        logout_user()
        session.clear()
        return redirect(url_for("desk.sign_in"), 303)

    desk.add_url_rule("/sign-in", "sign_in", _throttled(web, sign_in), methods=["GET", "POST"])
    desk.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])


def _throttled(web: Flask, view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    limiter = limiter_of(web)
    by_account = limiter.limit(TRIES_PER_ACCOUNT, key_func=_account, methods=["POST"], deduct_when=_was_refused)
    by_network = limiter.limit(TRIES_PER_NETWORK_ADDRESS, methods=["POST"], deduct_when=_was_refused)
    return by_network(by_account(view))


def _account() -> str:
    return request.form.get("email", "").strip().casefold()


def _was_refused(response: Response) -> bool:
    return response.status_code == REFUSED


def _check(app: App, email: str, password: str) -> Editor | None:
    with app.database.reading() as rows:
        editor = verify(rows, email, password)
    if editor is None or not outdated(editor):
        return editor
    with app.database.writing() as rows:
        return renew_hash(rows, editor.id, password)


def _begin(editor: Editor) -> None:
    session.clear()  # what was in it before belongs to nobody known
    session.permanent = True
    login_user(_signed_in(editor))


def safe_next(target: str) -> str:
    """Return where to go after signing in: `target` when it is a page of the desk, else the first page."""
    first = url_for("desk.tonight")
    parts = urlsplit(target)
    ours = target.startswith(first) and not parts.scheme and not parts.netloc
    plain = "\\" not in target and target.isprintable() and "//" not in parts.path
    return target if ours and plain else first
