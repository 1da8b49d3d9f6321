"""`[desk]`: signing in at the desk, and how long its log is kept."""

from __future__ import annotations

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import DeskSettings


def desk(table: Table) -> DeskSettings:
    """Return how long who is signed in, and what is asked of them."""
    default = DeskSettings()
    settings = DeskSettings(
        session_idle=table.optional("session_idle", values.duration, default.session_idle),
        session_lasts=table.optional("session_lasts", values.duration, default.session_lasts),
        ask_again_after=table.optional("ask_again_after", values.duration, default.ask_again_after),
        invitations_last=table.optional("invitations_last", values.duration, default.invitations_last),
        require_totp=table.optional("require_totp", values.switch, default.require_totp),
        keep_log=table.optional("keep_log", values.duration, default.keep_log),
    )
    if settings.session_lasts < settings.session_idle:
        idle = values.length(settings.session_idle)
        table.problems.say(table.name("session_lasts"), f"is shorter than session_idle; expected at least {idle}")
    table.finish()
    return settings
