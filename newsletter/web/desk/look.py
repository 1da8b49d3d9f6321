"""The pages an editor looks at. None of them changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.brake import waiting
from newsletter.delivery.pace import warming
from newsletter.delivery.pace.ramp import day_of
from newsletter.doctor.keeping import latest
from newsletter.feedback.alarms import alarm
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from newsletter.proofs import looks
from newsletter.proofs.examining import findings
from newsletter.proofs.looks import LookOfMail
from newsletter.proofs.preview import NoPreview
from newsletter.web.desk import health
from newsletter.web.desk.checking import Findings
from newsletter.web.desk.deeds import Deed, deed
from newsletter.web.desk.evening import tonight
from newsletter.web.desk.issue import IssuePage, preview_of, view
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.summaries import summarise
from newsletter.web.desk.watching.watch import Watch
from newsletter.webhooks.standing import standing

RECENT = 60


@dataclass(frozen=True, slots=True)
class Look:
    """The views, and what they look through."""

    app: App
    watch: Watch

    @needs(Role.VIEWER)
    def tonight(self) -> ResponseReturnValue:
        """Answer what goes out tonight."""
        app, now = self.app, self.app.clock.now()
        with app.database.reading() as rows:
            evenings = [tonight(rows, app.settings, each, now) for each in app.settings.newsletters]
            daemon, sources = health.daemon(rows, now), health.sources(rows, app.settings)
            waits = waiting(rows, now)
            silent = [each for each in standing(rows) if each.disabled_at]
            examination, beyond = latest(rows), self._beyond_warm_up(rows)
            refused = alarm(rows, now)
            found = {each.issue.id: self._findings(rows, each.issue.id) for each in evenings if each.issue}
        failing = [source for source in sources if source.error]
        return render_template(
            "web/desk/tonight.html",
            evenings=evenings,
            daemon=daemon,
            failing=failing,
            silent=silent,
            waiting=waits,
            trouble=examination.trouble if examination else (),
            beyond=beyond,
            refused=refused,
            found=found,
            per_minute=app.settings.signup.confirmations_per_minute,
        )

    def _findings(self, rows: Session, issue_id: int) -> Findings | None:
        """Return what the checks say of an issue that waits."""
        row = rows.get_one(IssueRow, issue_id)
        if row.locked_at or not row.stories:
            return None
        return Findings(findings(rows, self.app, row, self.app.clock.now()))

    def _beyond_warm_up(self, rows: Session) -> int:
        """Return how many letters today's caps of a warm-up did not let go."""
        if self.app.settings.warm_up.starts_on is None:
            return 0
        today = day_of(self.app.clock.now(), self.app.settings.site.time_zone)
        return sum(row.put_off for row in warming.days(rows, since=today))

    @needs(Role.VIEWER)
    def issues(self) -> ResponseReturnValue:
        """List recent issues."""
        with self.app.database.reading() as rows:
            issues = summarise(rows, self.app.settings, store.recent(rows, limit=RECENT))
        return render_template("web/desk/issues.html", issues=issues)

    @needs(Role.VIEWER)
    def issue(self, issue_id: int) -> ResponseReturnValue:
        """Show one issue whole. While it is being sent the mail is shown only when asked for."""
        page = self._page(issue_id)
        return render_template("web/desk/issue.html", page=page) if page else _no_issue()

    def _page(self, issue_id: int) -> IssuePage | None:
        part, variant = request.args.get("part", ""), request.args.get("variant", "")
        return view(self.app, issue_id, part, variant, self.watch)

    @needs(Role.PUBLISHER)
    def confirm(self, issue_id: int, name: str) -> ResponseReturnValue:
        """Ask once more before what cannot be taken back."""
        page = view(self.app, issue_id, "none")
        what = _deed_to_confirm(name)
        if page is None:
            _no_issue()
        if what not in page.deeds:
            sentence = f"“{what.label}” means nothing for an issue that is {page.issue.word.lower()}."
            return render_template("web/desk/conflict.html", page=page, sentence=sentence, changes=()), 409
        return render_template("web/desk/confirm.html", page=page, deed=what)

    @needs(Role.VIEWER)
    def preview_html(self, issue_id: int) -> ResponseReturnValue:
        """Give the HTML part alone, for the sandboxed frame."""
        try:
            shown = preview_of(self.app, issue_id, request.args.get("variant", ""))
        except NoPreview as trouble:
            abort(404, str(trouble))
        return looks.shown(shown.message.html, _look()) if shown else _no_issue()

    @needs(Role.VIEWER)
    def sources(self) -> ResponseReturnValue:
        """Show how each source fares."""
        now = self.app.clock.now()
        with self.app.database.reading() as rows:
            daemon, sources = health.daemon(rows, now), health.sources(rows, self.app.settings)
        return render_template("web/desk/sources.html", daemon=daemon, sources=sources)


def _look() -> LookOfMail:
    try:
        return LookOfMail(request.args.get("look", LookOfMail.LIGHT))
    except ValueError:
        return LookOfMail.LIGHT


def _deed_to_confirm(name: str) -> Deed:
    try:
        what = deed(name)
    except KeyError:
        abort(404, "There is no such page.")
    return what if what.confirmed else abort(404, "There is no such page.")


def _no_issue() -> NoReturn:
    abort(404, "There is no such issue.")
