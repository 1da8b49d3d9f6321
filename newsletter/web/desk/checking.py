"""What the checks say, at the desk: on the issue's page, in short on Tonight, and asked for anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.domain.finding import Finding, Level
from newsletter.proofs.examining import follow
from newsletter.proofs.preview import NoPreview
from newsletter.web.desk.roles import Role, needs

PATIENCE: Final = 20.0  # seconds that a page waits for other people's servers


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of an issue, the weightiest first."""

    every: Sequence[Finding] = ()

    def of(self, article_id: int) -> list[Finding]:
        """Return those about one story."""
        return [finding for finding in self.every if finding.article_id == article_id]

    @property
    def stops(self) -> int:
        """How many say that it should not leave like this."""
        return self._number(Level.STOP)

    @property
    def warnings(self) -> int:
        """How many readers would notice."""
        return self._number(Level.WARNING)

    @property
    def notes(self) -> int:
        """How many are worth a look."""
        return self._number(Level.NOTE)

    def _number(self, level: Level) -> int:
        return sum(finding.level is level for finding in self.every)


@dataclass(frozen=True, slots=True)
class Checking:
    """The action, and what it works on."""

    app: App

    @needs(Role.EDITOR)
    def follow(self, issue_id: int) -> ResponseReturnValue:
        """Ask the issue's links and pictures now; those that take too long are left to the daemon."""
        clock = self.app.clock
        until = clock.monotonic() + PATIENCE
        try:
            asked = follow(self.app, issue_id, stop=lambda: clock.monotonic() > until)
        except LookupError:
            abort(404, "There is no such issue.")
        except NoPreview as trouble:
            flash(f"Nothing was asked: {trouble}", "wrong")
        else:
            addresses = "1 address" if asked == 1 else f"{asked} addresses"
            flash(
                f"{addresses} asked; what was found of late stands."
                if asked
                else "Every address was asked of late.",
                "done",
            )
        return redirect(url_for("desk.issue", issue_id=issue_id, _anchor="checks"), 303)
