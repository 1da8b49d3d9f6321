"""Puts the readers' pages into the web application."""

from __future__ import annotations

from flask import Blueprint, Flask

from newsletter.web.public import (
    archive,
    asking,
    choosing,
    confirming,
    gate,
    health,
    leaving,
    links,
    moving,
    owning,
    privacy,
    signing_up,
    tracked,
    view,
    waiting,
)

_GET, _POST, _BOTH = ["GET"], ["POST"], ["GET", "POST"]
_LARGEST = 2**31 - 1  # of a row's number in PostgreSQL
_ISSUE = f"<int(max={_LARGEST}):issue_id>"


def register(web: Flask) -> None:
    """Add the readers' pages to `web`."""
    pages = Blueprint("public", __name__)
    pages.add_url_rule("/", "index", signing_up.index, methods=_BOTH)
    pages.add_url_rule("/subscribe/<slug>", "subscribe", signing_up.subscribe, methods=_BOTH)
    pages.add_url_rule("/subscribe/<slug>/embed", "embed", signing_up.embed, methods=_GET)
    pages.add_url_rule("/confirm/<token>", "confirm", confirming.confirm, methods=_BOTH)
    pages.add_url_rule("/unsubscribe/<token>", "unsubscribe", leaving.unsubscribe, methods=_BOTH)
    pages.add_url_rule("/unsubscribe/<token>/all", "unsubscribe_all", leaving.unsubscribe_all, methods=_POST)
    pages.add_url_rule("/unsubscribe/<token>/why", "give_reason", leaving.give_reason, methods=_POST)
    pages.add_url_rule("/return/<token>", "take_back", leaving.take_back, methods=_POST)
    pages.add_url_rule("/preferences", "ask_for_link", asking.ask, methods=_BOTH)
    pages.add_url_rule("/preferences/<token>", "preferences", choosing.preferences, methods=_BOTH)
    pages.add_url_rule("/preferences/<token>/pause", "pause", choosing.pause, methods=_POST)
    pages.add_url_rule("/preferences/<token>/address", "ask_to_move", choosing.move, methods=_POST)
    pages.add_url_rule("/preferences/<token>/data", "my_data", owning.download, methods=_GET)
    pages.add_url_rule("/preferences/<token>/erase", "erase", owning.forget_me, methods=_BOTH)
    pages.add_url_rule("/address/<token>", "move", moving.move, methods=_BOTH)
    pages.add_url_rule("/object/<token>", "object_to_move", moving.object_to_move, methods=_BOTH)
    pages.add_url_rule("/view/<token>", "view", view.view, methods=_GET)
    pages.add_url_rule("/archive/<slug>", "archive", archive.index, methods=_GET)
    pages.add_url_rule("/archive/<slug>/search", "archive_search", archive.search, methods=_GET)
    pages.add_url_rule("/archive/<slug>/feed.xml", "archive_feed", archive.feed, methods=_GET)
    pages.add_url_rule("/archive/<slug>/<date>", "archive_issue", archive.issue, methods=_GET)
    pages.add_url_rule("/sitemap.xml", "sitemap", archive.sitemap, methods=_GET)
    pages.add_url_rule("/privacy", "privacy", privacy.privacy, methods=_GET)
    pages.add_url_rule(f"/c/{_ISSUE}/<int(max={_LARGEST}):number>/<token>", "click", tracked.click, methods=_GET)
    pages.add_url_rule(f"/o/{_ISSUE}/<token>", "opened", tracked.opened, methods=_GET)
    pages.add_url_rule("/healthz", "healthz", health.healthz, methods=_GET)
    pages.register_error_handler(links.DeadLink, links.answer)
    pages.register_error_handler(gate.PressAgain, waiting.press_again)
    pages.register_error_handler(gate.TooMany, waiting.too_many)
    pages.add_app_template_global(gate.fresh_stamp, "form_stamp")
    pages.add_app_template_global(gate.asked_work, "form_work")
    web.register_blueprint(pages)
