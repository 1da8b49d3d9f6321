"""Who is signed in, and the guard before every page of the desk.

The session is a row that can be ended; its key is in a signed cookie (HttpOnly, SameSite=Lax, Secure on https).
Nothing in the desk is reached without one but the pages for signing in, and nothing is changed by a request
without the session's CSRF token. The readers' pages are not touched by either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf.csrf import CSRFProtect

from newsletter.app import App
from newsletter.editors import log, sessions
from newsletter.editors.sessions import Browser
from newsletter.editors.tables import DeskSession, Editor
from newsletter.web.desk import roles
from newsletter.web.desk.roles import Role

_CSRF = "csrf_token"  # as Flask-WTF calls it
_SETTING_UP = ("second_factor", "turn_on_second_factor", "again", "prove", "account", "sign_out")
_TO_SET_UP = frozenset(f"desk.{name}" for name in _SETTING_UP)


@dataclass(frozen=True, slots=True, eq=False)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Who is signed in, as the pages know them. `proven_at` is when they showed last who they are (aware UTC)."""

    number: int
    email: str
    name: str
    role: Role
    session: int
    cookie: str
    proven_at: datetime
    has_password: bool
    has_second_factor: bool

    def get_id(self) -> str:
        """Return what the cookie keeps."""
        return self.cookie


def guard(web: Flask, desk: Blueprint, app: App) -> None:
    """Put the session, the role and the CSRF check before everything in `desk`."""
    _configure(web, app)
    csrf = CSRFProtect()
    csrf.init_app(web)
    manager = LoginManager(web)
    manager.user_loader(lambda cookie: _load(app, cookie))
    desk.before_request(_require_sign_in)
    roles.guard(desk)
    desk.before_request(lambda: _require_own_origin(app.settings.site.base_url))
    desk.before_request(csrf.protect)
    desk.before_request(lambda: _require_second_factor(app))
    desk.before_request(lambda: _require_proof(app))


def actor() -> str:
    """Return the address of who is signed in, for the history."""
    return str(current_user.email)


def browser() -> Browser:
    """Return where the request comes from."""
    return Browser(request.remote_addr or "", request.user_agent.string)


def enter(app: App, editor: Editor, way: str) -> None:
    """Sign somebody in who showed who they are. `way` is `password`, `link` or `invitation`."""
    now = app.clock.now()
    with app.database.writing() as rows:
        returns = sessions.was_of(rows, str(session.get("_user_id", "")), editor.id)
        cookie = sessions.begin(rows, app.chance, editor.id, browser(), now, way=way)
        log.note(rows, now, editor.email, "signed in", log.About.SESSION, detail=f"by {way}")
        row = sessions.recognise(rows, cookie, app.settings.desk, now)
        signed_in = _signed_in(row, cookie) if row else None
    kept = session.get(_CSRF) if returns else None  # so that forms in other tabs, and what is in them, still go
    session.clear()  # what was in it before belongs to nobody known
    if kept:
        session[_CSRF] = kept
    session.permanent = True
    if signed_in is not None:
        login_user(signed_in)


def safe_next(target: str) -> str:
    """Return where to go after signing in: `target` when it is a page of the desk, else the first page."""
    first = url_for("desk.tonight")
    parts = urlsplit(target)
    ours = target.startswith(first) and not parts.scheme and not parts.netloc
    plain = "\\" not in target and target.isprintable() and "//" not in parts.path
    return target if ours and plain else first


def _configure(web: Flask, app: App) -> None:
    web.config.update(
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.settings.site.base_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=app.settings.desk.session_lasts,
        WTF_CSRF_CHECK_DEFAULT=False,  # the readers' forms carry no token; the desk checks its own
        WTF_CSRF_SSL_STRICT=False,  # _require_own_origin compares with base_url, which a proxy's Host may not be
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as the session
    )


def _load(app: App, cookie: str) -> SignedIn | None:
    now = app.clock.now()
    with app.database.reading() as rows:
        row = sessions.recognise(rows, cookie, app.settings.desk, now)
        signed_in = _signed_in(row, cookie) if row else None
        is_noted = row is None or now - row.seen_at < sessions.SEEN_IS_KEPT_TO
    if signed_in is not None and not is_noted:
        with app.database.writing() as rows:
            sessions.note_use(rows, signed_in.session, browser().network_address, now)
    return signed_in


def _signed_in(row: DeskSession, cookie: str) -> SignedIn:
    editor = row.editor
    return SignedIn(
        number=editor.id,
        email=editor.email,
        name=editor.name,
        role=Role(editor.role),
        session=row.id,
        cookie=cookie,
        proven_at=row.proven_at,
        has_password=editor.password_hash is not None,
        has_second_factor=editor.totp_salt is not None,
    )


def _require_sign_in() -> ResponseReturnValue | None:
    if current_user.is_authenticated or roles.role_of(request.endpoint) is None:
        return None
    if request.headers.get("HX-Request"):  # a piece of a page: signing in has no place in it
        abort(401, "You are signed out. Sign in, and load the page again.")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("desk.sign_in", next=wanted), 303)


def _require_own_origin(base_url: str) -> None:
    """Refuse a form that a browser says was sent from somebody else's page. A second guard behind the token."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and origin not in {_origin(base_url), _origin(request.host_url)}:
        abort(400, "The form was sent from another site.")


def _require_second_factor(app: App) -> ResponseReturnValue | None:
    """Where everybody must have a second factor, let nobody do anything else before it is set up."""
    lacks = current_user.is_authenticated and not current_user.has_second_factor
    if not (app.settings.desk.require_totp and lacks) or request.endpoint in _TO_SET_UP:
        return None
    return None if roles.role_of(request.endpoint) is None else redirect(url_for("desk.second_factor"), 303)


def _require_proof(app: App) -> ResponseReturnValue | None:
    """Ask again who it is before what is sensitive, where that was shown too long ago."""
    if not roles.is_sensitive(request.endpoint) or not current_user.is_authenticated:
        return None
    if app.clock.now() - current_user.proven_at < app.settings.desk.ask_again_after:
        return None
    came_from = urlsplit(request.referrer or "")
    back = request.full_path.rstrip("?") if request.method == "GET" else came_from.path
    if request.method != "GET":
        flash("Nothing was done yet. Show that it is you, then press the button once more.", "wrong")
    return redirect(url_for("desk.again", next=safe_next(back)), 303)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
