"""The desk's page of API keys: made, listed, revoked. A new key is in the answer itself and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.web.api import keys
from newsletter.web.api.scopes import Scope, UnknownScope
from newsletter.web.api.tables import ApiKey
from newsletter.web.desk.roles import Role, needs, sensitive
from newsletter.web.desk.signin import actor

_REFUSED = 422


@dataclass(frozen=True, slots=True)
class Keys:
    """The page and its actions."""

    app: App

    @needs(Role.ADMINISTRATOR)
    def page(self) -> ResponseReturnValue:
        """List the keys."""
        return self._shown()

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def create(self) -> ResponseReturnValue:
        """Make a key and show it, once."""
        name, scopes = request.form.get("name", ""), request.form.getlist("scopes")
        try:
            with self.app.database.writing() as rows:
                key, text = keys.create(rows, self.app.chance, name, scopes, self.app.clock.now(), actor=actor())
        except (keys.KeyRefused, UnknownScope) as refusal:
            return self._shown(error=str(refusal), name=name, chosen=scopes), _REFUSED
        return self._shown(made=key, text=text)

    @sensitive
    @needs(Role.ADMINISTRATOR)
    def revoke(self, key_id: int) -> ResponseReturnValue:
        """End a key."""
        with self.app.database.writing() as rows:
            key = rows.get(ApiKey, key_id) or abort(404, "There is no such key.")
            keys.revoke(rows, key.name, self.app.clock.now(), actor=actor())
        flash(f"The key “{key.name}” is revoked.", "done")
        return redirect(url_for("desk.keys"), 303)

    def _shown(self, **more: object) -> str:
        with self.app.database.reading() as rows:
            known = keys.all_keys(rows)
        base = f"{self.app.settings.site.base_url}/api/v1"
        return render_template("web/desk/keys.html", keys=known, scopes=list(Scope), base=base, **more)
