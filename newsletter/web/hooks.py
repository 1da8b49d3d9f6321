"""Providers' webhooks: verified, kept, answered; worked off by the daemon.

200 for what is kept now or was kept before, 403 for what is forged or too old, 404 for a provider that is not
configured, 413 for a body of more than 5 MB. Nothing else is said to whoever asks.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.feedback.forged import count_forged
from newsletter.feedback.hooks.hook import Forged, Posted

LARGEST = 5_000_000  # octets; batches of a thousand events have about two million

log = structlog.get_logger("newsletter.feedback")


def register(web: Flask, app: App) -> None:
    """Add /hooks/<provider> to `web`."""
    hooks = Blueprint("hooks", __name__)

    def take(provider: str) -> ResponseReturnValue:
        hook = app.hooks().get(provider)
        if hook is None:
            abort(404)
        request.max_content_length = LARGEST
        posted = Posted({name.lower(): text for name, text in request.headers.items()}, request.get_data())
        try:
            key = hook.verify(posted, app.clock.now())
        except Forged as why:
            log.warning("a webhook's request is refused", provider=provider, reason=str(why))
            with app.database.writing() as session:
                count_forged(session, provider, app.clock.now())
            abort(403)
        app.inbox().keep(provider, posted.body, key)
        return "", 200

    hooks.add_url_rule("/hooks/<provider>", "take", take, methods=["POST"])
    web.register_blueprint(hooks)
