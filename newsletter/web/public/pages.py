"""Puts the readers' pages into the web application."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Flask, current_app, request
from flask_limiter import Limiter

from newsletter.web.public import (
    asking,
    choosing,
    confirming,
    health,
    leaving,
    links,
    moving,
    owning,
    privacy,
    signing_up,
    tracked,
    view,
)

_GET, _POST, _BOTH = ["GET"], ["POST"], ["GET", "POST"]
_LARGEST = 2**31 - 1  # of a row's number in PostgreSQL
_ISSUE = f"<int(max={_LARGEST}):issue_id>"


def register(web: Flask) -> None:
    """Add the readers' pages to `web`."""
    pages = Blueprint("public", __name__)
    limited = Limiter(_network, app=web, storage_uri="memory://").shared_limit(
        lambda: str(current_app.config["SIGN_UP_LIMIT"]),
        scope="sign-up",
        exempt_when=lambda: request.method != "POST" or not current_app.config["SIGN_UP_LIMIT"],
    )
    pages.add_url_rule("/", "index", limited(signing_up.index), methods=_BOTH)
    pages.add_url_rule("/subscribe/<slug>", "subscribe", limited(signing_up.subscribe), methods=_BOTH)
    pages.add_url_rule("/subscribe/<slug>/embed", "embed", signing_up.embed, methods=_GET)
    pages.add_url_rule("/confirm/<token>", "confirm", confirming.confirm, methods=_BOTH)
    pages.add_url_rule("/unsubscribe/<token>", "unsubscribe", leaving.unsubscribe, methods=_BOTH)
    pages.add_url_rule("/unsubscribe/<token>/all", "unsubscribe_all", leaving.unsubscribe_all, methods=_POST)
    pages.add_url_rule("/unsubscribe/<token>/why", "give_reason", leaving.give_reason, methods=_POST)
    pages.add_url_rule("/return/<token>", "take_back", leaving.take_back, methods=_POST)
    pages.add_url_rule("/preferences", "ask_for_link", limited(asking.ask), methods=_BOTH)
    pages.add_url_rule("/preferences/<token>", "preferences", choosing.preferences, methods=_BOTH)
    pages.add_url_rule("/preferences/<token>/pause", "pause", choosing.pause, methods=_POST)
    pages.add_url_rule("/preferences/<token>/address", "ask_to_move", limited(choosing.move), methods=_POST)
    pages.add_url_rule("/preferences/<token>/data", "my_data", owning.download, methods=_GET)
    pages.add_url_rule("/preferences/<token>/erase", "erase", owning.forget_me, methods=_BOTH)
    pages.add_url_rule("/address/<token>", "move", moving.move, methods=_BOTH)
    pages.add_url_rule("/view/<token>", "view", view.view, methods=_GET)
    pages.add_url_rule("/privacy", "privacy", privacy.privacy, methods=_GET)
    pages.add_url_rule(f"/c/{_ISSUE}/<int(max={_LARGEST}):number>/<token>", "click", tracked.click, methods=_GET)
    pages.add_url_rule(f"/o/{_ISSUE}/<token>", "opened", tracked.opened, methods=_GET)
    pages.add_url_rule("/healthz", "healthz", health.healthz, methods=_GET)
    pages.register_error_handler(links.DeadLink, links.answer)
    web.register_blueprint(pages)


def _network() -> str:
    """Return whom to count together: an IPv4 address, or the /64 that one IPv6 household has."""
    text = request.remote_addr or "unknown"
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(IPv6Address(int(address) >> 64 << 64))
    return text
