"""The desk's page of webhooks. A secret is in the answer that makes it and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.web.desk.roles import Role, needs, sensitive
from newsletter.web.desk.signin import actor
from newsletter.webhooks import endpoints
from newsletter.webhooks.payload import TYPES, UnknownType
from newsletter.webhooks.sending import BadAddress
from newsletter.webhooks.standing import standing
from newsletter.webhooks.tables import WebhookEndpoint

_NO_SUCH = "There is no such webhook."
_REFUSED = 422


@dataclass(frozen=True, slots=True)
class WebhookPages:
    """The page and its actions."""

    app: App

    @needs(Role.ADMINISTRATOR)
    def page(self) -> ResponseReturnValue:
        """List the webhooks and how each fares."""
        return self._shown()

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def add(self) -> ResponseReturnValue:
        """Add one and show its secret, once."""
        app, url, events = self.app, request.form.get("url", "").strip(), request.form.getlist("events")
        hosts = app.settings.webhooks.allow_hosts
        try:
            with app.database.writing() as rows:
                made = endpoints.add(
                    rows, app.chance, url, events, app.clock.now(), actor=actor(), allow_hosts=hosts
                )
        except (BadAddress, UnknownType, endpoints.EndpointRefused) as refusal:
            return self._shown(error=str(refusal), url=url, chosen=events), _REFUSED
        return self._with_secret(made)

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def rotate(self, webhook_id: int) -> ResponseReturnValue:
        """Make a new secret and show it, once."""
        with self.app.database.writing() as rows:
            try:
                made = endpoints.rotate(rows, webhook_id, self.app.clock.now(), actor=actor())
            except LookupError:
                abort(404, _NO_SUCH)
        return self._with_secret(made)

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def enable(self, webhook_id: int) -> ResponseReturnValue:
        """Set one going again."""
        with self.app.database.writing() as rows:
            try:
                endpoints.enable(rows, webhook_id, self.app.clock.now(), actor=actor())
            except LookupError:
                abort(404, _NO_SUCH)
        return _back("It is enabled, and is told of everything since.", "done")

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def remove(self, webhook_id: int) -> ResponseReturnValue:
        """Remove one, and what it is owed."""
        with self.app.database.writing() as rows:
            try:
                endpoints.remove(rows, webhook_id, self.app.clock.now(), actor=actor())
            except LookupError:
                abort(404, _NO_SUCH)
        return _back("The webhook is removed.", "done")

    @needs(Role.ADMINISTRATOR)
    def test(self, webhook_id: int) -> ResponseReturnValue:
        """Send one a message now, and tell what it says."""
        try:
            reply = self.app.webhooks().test(webhook_id)
        except LookupError:
            abort(404, _NO_SUCH)
        taken = "It took the test message." if reply.is_taken else "It did not take the test message."
        return _back(f"{taken} {reply.words}", "done" if reply.is_taken else "wrong")

    def _with_secret(self, made: WebhookEndpoint) -> str:
        return self._shown(made=made, secret=self.app.webhooks().secrets.of(made))

    def _shown(self, **more: object) -> str:
        with self.app.database.reading() as rows:
            known = standing(rows)
        return render_template("web/desk/webhooks.html", webhooks=known, types=TYPES, **more)


def _back(sentence: str, kind: str) -> ResponseReturnValue:
    flash(sentence, kind)
    return redirect(url_for("desk.webhooks"), 303)
