"""Which role each route of the desk needs, and the guard that asks for it.

A view says so itself: `@needs(Role.EDITOR)` above it. A view that says nothing is for administrators alone.
Pages ask `can_reach("desk.keys")` and `may("publisher")` to leave out what whoever reads them may not do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, request
from flask_login import current_user

from newsletter.editors.roles import Role

__all__ = ["Role", "guard", "is_sensitive", "may", "needs", "open_to_all", "require", "role_of", "sensitive"]

_MARK = "desk_role"
_SENSITIVE = "desk_sensitive"
_FORBIDDEN = 403
View = TypeVar("View", bound=Callable[..., Any])


def needs(role: Role) -> Callable[[View], View]:
    """Let only those into a view whose role includes this one."""

    def mark(view: View) -> View:
        setattr(view, _MARK, role)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Let everybody into a view, signed in or not."""
    setattr(view, _MARK, None)
    return view


def sensitive(view: View) -> View:
    """Have whoever is signed in show again who they are before this view, where that was too long ago."""
    setattr(view, _SENSITIVE, True)
    return view


def is_sensitive(endpoint: str | None) -> bool:
    """Tell whether a route is for those only who showed lately who they are."""
    return getattr(current_app.view_functions.get(endpoint or ""), _SENSITIVE, False) is True


def guard(desk: Blueprint) -> None:
    """Ask for the role before every view of `desk`, and tell its pages who may what. Sign-in comes first."""
    desk.before_request(_ask)
    desk.context_processor(lambda: {"may": lambda role: may(Role(role)), "can_reach": _can_reach})


def require(role: Role) -> None:
    """Refuse with 403 whoever has less than this role, where the route alone does not tell what is needed."""
    if not may(role):
        abort(_FORBIDDEN, f"You are signed in as {_with_article(_own())}, and this needs {_with_article(role)}.")


def may(role: Role) -> bool:
    """Tell whether who is signed in has that role, or a higher one."""
    return bool(current_user.is_authenticated) and _own().includes(role)


def role_of(endpoint: str | None) -> Role | None:
    """Return the role that a route needs; None where everybody is let in."""
    role = getattr(current_app.view_functions.get(endpoint or ""), _MARK, Role.ADMINISTRATOR)
    return Role(role) if role else None


def _ask() -> None:
    if role := role_of(request.endpoint):
        require(role)


def _can_reach(endpoint: str) -> bool:
    role = role_of(endpoint)
    return role is None or may(role)


def _own() -> Role:
    role = current_user.role
    assert isinstance(role, Role)  # noqa: S101 - `signin` put it there; this tells the type checker
    return role


def _with_article(role: Role) -> str:
    return f"{'an' if role[0] in 'ae' else 'a'} {role}"
