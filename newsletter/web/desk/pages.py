"""Puts the desk's pages, their guard and their words into the web application."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from newsletter.app import App
from newsletter.delivery.pace.ramp import is_on
from newsletter.issues.shaping.presence import EVERY
from newsletter.web.desk import moments
from newsletter.web.desk.account import Account
from newsletter.web.desk.accounts import Accounts
from newsletter.web.desk.act import Act
from newsletter.web.desk.calendar import Calendar
from newsletter.web.desk.checking import Checking
from newsletter.web.desk.correcting import pages as correcting
from newsletter.web.desk.deliverability import Deliverability
from newsletter.web.desk.doubts import Decide
from newsletter.web.desk.entering import Entering
from newsletter.web.desk.growth import Growth
from newsletter.web.desk.headers import protect
from newsletter.web.desk.keys import Keys
from newsletter.web.desk.log import LogPage
from newsletter.web.desk.look import Look
from newsletter.web.desk.people import People
from newsletter.web.desk.person import ForAReader
from newsletter.web.desk.reported import Reported
from newsletter.web.desk.shaping import pages as shaping
from newsletter.web.desk.signin import guard
from newsletter.web.desk.tracked import Tracked
from newsletter.web.desk.uploads.shelf import Shelf
from newsletter.web.desk.uploads.views import MOST, Uploads, let_files_in
from newsletter.web.desk.uploads.working import Work
from newsletter.web.desk.watching.stream import Stream
from newsletter.web.desk.watching.watch import Watch
from newsletter.web.desk.webhooks import WebhookPages
from newsletter.web.desk.window import Window
from newsletter.web.throttling import limiter_of

TEST_MAILS = "10 per 10 minutes; 60 per day"
TEST_MESSAGES = "30 per 10 minutes"
# No eval and no style of its own, as the policy wants it; an answer that says what is wrong is shown as well.
HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyEnabled": False,
    "defaultSettleDelay": 0,  # what was just swapped in answers to htmx at once, not only after 20 ms
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "(2..|409|422)", "swap": True},
        {"code": "...", "swap": False, "error": True},
    ],
}
_POST = ["POST"]
_ISSUE = "/issues/<int:issue_id>"
_HEADINGS = {
    400: "That cannot be done",
    403: "Not in your role",
    404: "Not found",
    413: "Too large",
    429: "Too many tries",
}
_TOO_MANY = "Please wait a few minutes before trying again."
_TOO_LARGE = (
    f"Nothing was kept of it. A file of readers may have {MOST // 1024 // 1024} MB; the command “newsletter "
    "subscribers import” takes any."
)
_EXPIRED = "The page was too old, or came from elsewhere. Go back, load it again, and repeat what you did."


def register(web: Flask, app: App) -> None:
    """Add everything under /desk/ to `web`, which finds its templates through `app.templates.loader`."""
    desk = Blueprint("desk", __name__, url_prefix="/desk")
    guard(web, desk, app)
    _add_entrance(desk, Entering(app), Account(app))
    _add_accounts(desk, Accounts(app), LogPage(app))
    watch = Watch(app)
    _add_pages(desk, Look(app, watch), Tracked(app))
    _add_report(desk, Reported(app))
    desk.add_url_rule(f"{_ISSUE}/progress", "progress", Stream(app, watch).progress)
    _add_people(desk, People(app), Growth(app))
    _add_for_a_reader(desk, ForAReader(app))
    _add_imports(web, desk, app)
    _add_actions(web, desk, Act(app), Decide(app))
    _add_window(desk, Checking(app), Window(app), Calendar(app))
    _add_systems(web, desk, Keys(app), WebhookPages(app))
    desk.add_url_rule("/deliverability", "deliverability", Deliverability(app).page)
    shaping.add_routes(desk, app)
    correcting.add_routes(web, desk, app)
    _add_words(desk, app)
    desk.after_request(protect)
    desk.register_error_handler(HTTPException, _refuse)
    web.register_blueprint(desk)
    _add_asset(web, app, "desk.css", "desk_style", "text/css")
    _add_asset(web, app, "desk.js", "desk_script", "text/javascript")
    _add_asset(web, app, "shaping.js", "shaping_script", "text/javascript")
    _add_asset(web, app, "progress.js", "progress_script", "text/javascript")
    _add_asset(web, app, "htmx.min.js", "htmx", "text/javascript")


def _add_entrance(desk: Blueprint, entering: Entering, account: Account) -> None:
    link, invitation, own = "/sign-in/link/<token>", "/invitation/<token>", "/account/second-factor"
    desk.add_url_rule("/sign-in", "sign_in", entering.sign_in)
    desk.add_url_rule("/sign-in", "check_password", entering.check_password, methods=_POST)
    desk.add_url_rule("/sign-in/code", "sign_in_code", entering.code)
    desk.add_url_rule("/sign-in/code", "check_code", entering.check_code, methods=_POST)
    desk.add_url_rule("/sign-in/link", "ask_link", entering.ask_link, methods=_POST)
    desk.add_url_rule("/sign-in/sent", "link_sent", entering.link_sent)
    desk.add_url_rule(link, "link", entering.link)
    desk.add_url_rule(link, "use_link", entering.use_link, methods=_POST)
    desk.add_url_rule(invitation, "invitation", entering.invitation)
    desk.add_url_rule(invitation, "accept_invitation", entering.accept, methods=_POST)
    desk.add_url_rule("/sign-out", "sign_out", entering.sign_out, methods=_POST)
    desk.add_url_rule("/account", "account", account.page)
    desk.add_url_rule("/account/sessions/<int:session_id>/end", "end_session", account.end_session, methods=_POST)
    desk.add_url_rule("/account/sessions/end", "end_other_sessions", account.end_others, methods=_POST)
    desk.add_url_rule("/account/password", "change_password", account.change_password, methods=_POST)
    desk.add_url_rule(own, "second_factor", account.second_factor)
    desk.add_url_rule(own, "turn_on_second_factor", account.turn_on, methods=_POST)
    desk.add_url_rule(f"{own}/off", "turn_off_second_factor", account.turn_off, methods=_POST)
    desk.add_url_rule(f"{own}/codes", "new_recovery_codes", account.new_codes, methods=_POST)
    desk.add_url_rule("/account/again", "again", account.again)
    desk.add_url_rule("/account/again", "prove", account.prove, methods=_POST)


def _add_accounts(desk: Blueprint, accounts: Accounts, log: LogPage) -> None:
    one = "/accounts/<int:editor_id>"
    desk.add_url_rule("/accounts", "accounts", accounts.page)
    desk.add_url_rule("/accounts", "invite", accounts.invite, methods=_POST)
    desk.add_url_rule(one, "editor", accounts.one)
    desk.add_url_rule(f"{one}/role", "change_role", accounts.change_role, methods=_POST)
    desk.add_url_rule(f"{one}/disable", "disable_editor", accounts.disable, methods=_POST)
    desk.add_url_rule(f"{one}/enable", "enable_editor", accounts.enable, methods=_POST)
    desk.add_url_rule(f"{one}/sessions/end", "end_sessions", accounts.end_sessions, methods=_POST)
    desk.add_url_rule(
        f"{one}/second-factor/off", "reset_second_factor", accounts.reset_second_factor, methods=_POST
    )
    desk.add_url_rule("/log", "log", log.page)


def _add_pages(desk: Blueprint, look: Look, tracked: Tracked) -> None:
    desk.add_url_rule("/", "tonight", look.tonight)
    desk.add_url_rule("/issues", "issues", look.issues)
    desk.add_url_rule(_ISSUE, "issue", look.issue)
    desk.add_url_rule(f"{_ISSUE}/preview/html", "preview_html", look.preview_html)
    desk.add_url_rule(f"{_ISSUE}/tracking", "tracking", tracked.page)
    desk.add_url_rule(f"{_ISSUE}/<name>", "confirm", look.confirm)
    desk.add_url_rule("/sources", "sources", look.sources)


def _add_report(desk: Blueprint, reported: Reported) -> None:
    desk.add_url_rule(f"{_ISSUE}/report", "report", reported.page)
    desk.add_url_rule(f"{_ISSUE}/report.csv", "report_csv", reported.csv)
    desk.add_url_rule(f"{_ISSUE}/report.json", "report_json", reported.json)


def _add_people(desk: Blueprint, people: People, growth: Growth) -> None:
    desk.add_url_rule("/readers", "readers", people.readers)
    desk.add_url_rule("/readers.<form>", "export_readers", people.export)
    desk.add_url_rule("/readers/<int:reader_id>", "reader", people.reader)
    desk.add_url_rule("/figures", "figures", growth.page)
    desk.add_url_rule("/figures/<table>.csv", "figures_csv", growth.csv)
    desk.add_url_rule("/figures.json", "figures_json", growth.json)


def _add_for_a_reader(desk: Blueprint, deeds: ForAReader) -> None:
    one, post = "/subscriptions/<int:subscription_id>", ["POST"]
    desk.add_url_rule(f"{one}/resend", "resend", deeds.resend, methods=post)
    desk.add_url_rule(f"{one}/choose", "choose", deeds.choose, methods=post)
    desk.add_url_rule(f"{one}/unsubscribe", "unsubscribe", deeds.unsubscribe, methods=post)
    desk.add_url_rule("/readers/<int:reader_id>/erase", "erase", deeds.erase, methods=post)
    desk.add_url_rule("/readers/bar", "bar", deeds.bar, methods=post)
    desk.add_url_rule("/readers/lift", "lift", deeds.lift, methods=post)


def _add_imports(web: Flask, desk: Blueprint, app: App) -> None:
    all_, post, shelf = "/readers/imports", ["POST"], Shelf.of(app.settings.secret)
    uploads, one = Uploads(app, shelf, Work(app, shelf)), f"{all_}/<key>"
    shelf.tidy(app.clock.now())
    web.before_request(let_files_in)
    desk.add_url_rule(all_, "imports", uploads.page)
    desk.add_url_rule(all_, "receive_import", uploads.receive, methods=post)
    desk.add_url_rule(one, "import_plan", uploads.plan)
    desk.add_url_rule(f"{one}/look", "look_import", uploads.look, methods=post)
    desk.add_url_rule(f"{one}/take", "take_import", uploads.take, methods=post)
    desk.add_url_rule(f"{one}/discard", "discard_import", uploads.discard, methods=post)
    desk.add_url_rule(f"{one}/refused.csv", "refused_rows", uploads.refused)
    desk.add_url_rule(f"{all_}/<int:number>/undo", "undo_import", uploads.undo, methods=post)


def _add_window(desk: Blueprint, checking: Checking, window: Window, calendar: Calendar) -> None:
    """Add what happens between building and sending."""
    desk.add_url_rule(f"{_ISSUE}/links", "follow_links", checking.follow, methods=["POST"])
    desk.add_url_rule("/calendar", "calendar", calendar.page)
    desk.add_url_rule("/window/<token>", "window", window.page)
    desk.add_url_rule("/window/<token>/<name>", "window_act", window.act, methods=["POST"])


def _add_actions(web: Flask, desk: Blueprint, act: Act, doubts: Decide) -> None:
    limited = limiter_of(web).limit(TEST_MAILS, key_func=_who)
    desk.add_url_rule(f"{_ISSUE}/test", "trial", limited(act.trial), methods=["POST"])
    desk.add_url_rule(f"{_ISSUE}/doubts/<name>", "decide", doubts.decide, methods=["POST"])
    desk.add_url_rule(f"{_ISSUE}/<name>", "act", act.act, methods=["POST"])
    desk.add_url_rule("/newsletters/<slug>/build", "build", act.build, methods=["POST"])


def _add_systems(web: Flask, desk: Blueprint, keys: Keys, webhooks: WebhookPages) -> None:
    """Add what gives other systems access."""
    one, post = "/webhooks/<int:webhook_id>", ["POST"]
    limited = limiter_of(web).limit(TEST_MESSAGES, key_func=_who)
    desk.add_url_rule("/keys", "keys", keys.page)
    desk.add_url_rule("/keys", "create_key", keys.create, methods=post)
    desk.add_url_rule("/keys/<int:key_id>/revoke", "revoke_key", keys.revoke, methods=post)
    desk.add_url_rule("/webhooks", "webhooks", webhooks.page)
    desk.add_url_rule("/webhooks", "add_webhook", webhooks.add, methods=post)
    desk.add_url_rule(f"{one}/test", "test_webhook", limited(webhooks.test), methods=post)
    desk.add_url_rule(f"{one}/rotate", "rotate_webhook", webhooks.rotate, methods=post)
    desk.add_url_rule(f"{one}/enable", "enable_webhook", webhooks.enable, methods=post)
    desk.add_url_rule(f"{one}/remove", "remove_webhook", webhooks.remove, methods=post)


def _who() -> str:
    return getattr(current_user, "email", None) or get_remote_address()


def _add_words(desk: Blueprint, app: App) -> None:
    zone = app.settings.site.time_zone
    desk.add_app_template_filter(moments.day, "day")
    desk.add_app_template_filter(moments.short_day, "short_day")
    desk.add_app_template_filter(lambda when: moments.absolute(when, zone, app.clock.now()), "newsroom_time")
    desk.add_app_template_filter(lambda when: f"{when.astimezone(zone):%H:%M:%S}", "clock_time")
    desk.add_app_template_filter(lambda when: f"{when.astimezone(zone):%Y-%m-%dT%H:%M}", "local_input")
    desk.add_app_template_filter(lambda when: moments.dated(when, zone), "dated")
    desk.add_app_template_filter(lambda when: moments.relative(when, app.clock.now()), "relative_time")

    @desk.context_processor
    def words() -> dict[str, Any]:
        now = app.clock.now()
        return {
            "desk_htmx": HTMX,
            "presence_seconds": int(EVERY.total_seconds()),
            "desk_site": app.settings.site,
            "desk_zone": zone.key,
            "desk_now": now,
            "desk_warms_up": is_on(app.settings.warm_up, now, zone),
            "desk_now_local": now.astimezone(zone),
        }


def _refuse(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    sentence = {413: _TOO_LARGE, 429: _TOO_MANY}.get(code) or (error.description or "")
    if isinstance(error, CSRFError):
        sentence = _EXPIRED
    page = render_template("web/desk/refused.html", heading=_HEADINGS.get(code, error.name), sentence=sentence)
    return page, code


def _add_asset(web: Flask, app: App, name: str, endpoint: str, media_type: str) -> None:
    """Serve a file that stands beside the templates. The sign-in page needs it, so everyone may have it."""

    def asset() -> ResponseReturnValue:
        response = Response(app.templates.source(f"web/{name}"), mimetype=media_type)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.add_etag()
        return response.make_conditional(request)

    web.add_url_rule(f"/static/{name}", endpoint, asset)
