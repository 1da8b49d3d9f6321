"""The figures as an editor reads them: sums, charts and tables of a stretch of days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.settings import NewsletterSettings
from newsletter.web.desk.charts import Chart, Series, lines, opposed
from newsletter.web.desk.moments import short_day
from newsletter.web.desk.roles import Role, needs
from subscribers import figures
from subscribers.figures import Day, Report
from subscribers.states import Event

LONGEST = 731  # days at once
SHOWN = 20  # pages and reasons
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 12, 31)
_DAYS_AS_THEY_ARE = 92  # a chart of more is by week
_LENGTHS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"))
_WAYS = {
    (Event.UNSUBSCRIBED, "one_click"): "By the mail program’s button",
    (Event.UNSUBSCRIBED, "link"): "By the link in a mail",
    (Event.UNSUBSCRIBED, "mail"): "By mail",
    (Event.UNSUBSCRIBED, "cli"): "By command",
    (Event.UNSUBSCRIBED, "desk"): "At the desk",
    (Event.UNSUBSCRIBED, "api"): "By the API",
}
_EVENTS = {
    Event.COMPLAINED: "Called it spam",
    Event.ERASED: "Asked to be forgotten",
    Event.IMPORT_UNDONE: "Taken out with their import",
}
_SOURCES = {"form": "a form that named no page", "cli": "by command", "api": "by the API"}


@dataclass(frozen=True, slots=True)
class Question:
    """What the page is asked for. `mistake` says why it shows something else than was typed."""

    since: date
    until: date
    newsletter: NewsletterSettings | None
    mistake: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """The question as an address carries it."""
        slug = {"newsletter": self.newsletter.slug} if self.newsletter else {}
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), **slug}


@dataclass(frozen=True, slots=True)
class Growth:
    """The views of the figures, and what they look through."""

    app: App

    @needs(Role.VIEWER)
    def page(self) -> ResponseReturnValue:
        """Show the figures; a stretch that makes no sense is told, and the usual one shown."""
        asked = self._question()
        told = self._told(asked)
        shown = render_template(
            "web/desk/figures.html",
            asked=asked,
            told=told,
            charts=charts(told.days) if told.has_any else (),
            newsletters=self.app.settings.newsletters,
            lengths=self._lengths(asked),
            way=way,
            why=why,
            place=place,
            shown=SHOWN,
        )
        return shown, 400 if asked.mistake else 200

    @needs(Role.VIEWER)
    def csv(self, table: str) -> ResponseReturnValue:
        """Give one table as a file for spreadsheets."""
        if table not in figures.TABLES:
            abort(404, "There is no such page.")
        told = self._told(self._proper_question())
        return _file(figures.as_csv(told, table), "text/csv", f"{table}-{told.since}-{told.until}.csv")

    @needs(Role.VIEWER)
    def json(self) -> ResponseReturnValue:
        """Give everything as a file for programs."""
        told = self._told(self._proper_question())
        text = json.dumps(figures.as_json(told), ensure_ascii=False, indent=2)
        return _file(text, "application/json", f"figures-{told.since}-{told.until}.json")

    def _told(self, asked: Question) -> Report:
        slug = asked.newsletter.slug if asked.newsletter else None
        app, zone = self.app, self.app.settings.site.time_zone
        with app.database.reading() as rows:
            return figures.report(rows, zone, app.clock.now(), asked.since, asked.until, newsletter=slug)

    def _proper_question(self) -> Question:
        asked = self._question()
        return asked if not asked.mistake else abort(400, asked.mistake)

    def _question(self) -> Question:
        since, until = figures.lately(self.app.clock.now(), self.app.settings.site.time_zone)
        newsletter = self._newsletter()
        usual = Question(since, until, newsletter)
        try:
            last = _day("until", until)
            first = _day("since", max(last, _EARLIEST) - timedelta(days=29))
        except ValueError as mistake:
            return replace(usual, mistake=str(mistake))
        if senseless := _senseless(first, last):
            return replace(usual, mistake=senseless)
        return Question(first, last, newsletter)

    def _newsletter(self) -> NewsletterSettings | None:
        slug = request.args.get("newsletter", "")
        try:
            return self.app.settings.newsletter(slug) if slug else None
        except KeyError:
            abort(404, "There is no such newsletter.")

    def _lengths(self, asked: Question) -> list[tuple[str, dict[str, str], bool]]:
        """Return the usual stretches: their words, arguments, and whether this is it."""
        now, zone = self.app.clock.now(), self.app.settings.site.time_zone
        found = []
        for length, words in _LENGTHS:
            since, until = figures.lately(now, zone, length)
            usual = replace(asked, since=since, until=until)
            found.append((words, usual.arguments, usual.arguments == asked.arguments))
        return found


def charts(days: Sequence[Day]) -> list[Chart]:
    """Return the days as charts; a long stretch by week."""
    slots = days if len(days) <= _DAYS_AS_THEY_ARE else _weeks(days)
    per = "day" if slots is days else "week"
    labels = [f"{short_day(slot.date)} {slot.date:%Y}" for slot in slots]
    return [
        lines(
            "Active readers",
            f"How many subscriptions were active at the end of each {per}.",
            labels,
            Series("active", "line-active", [slot.active for slot in slots]),
            from_zero=False,
        ),
        opposed(
            "Came and went",
            f"How many became active each {per}, above the line, and how many ceased to be, below it.",
            labels,
            Series("came", "bar-came", [slot.confirmed + slot.imported + slot.returned for slot in slots]),
            Series("went", "bar-went", [_came(slot) - slot.growth for slot in slots]),
        ),
        lines(
            "Sign-ups and confirmations",
            f"How many signed up each {per}, and how many confirmed.",
            labels,
            Series("signed up", "line-signed-up", [slot.signed_up for slot in slots]),
            Series("confirmed", "line-confirmed", [slot.confirmed for slot in slots]),
            from_zero=True,
        ),
    ]


def way(event: Event, source: str) -> str:
    """Return how somebody left, in words."""
    return _WAYS.get((event, source)) or _EVENTS.get(event) or f"{event} ({source})"


def why(reason: str) -> str:
    """Return a reason as it reads: one that was chosen is a word of the page's, such as `too_many`."""
    is_chosen = reason.isascii() and reason.islower() and "_" in reason and " " not in reason
    return reason.replace("_", " ").capitalize() if is_chosen else reason


def place(page: str, source: str) -> str:
    """Return where somebody signed up: the page, or by what way."""
    return page or _SOURCES.get(source, source)


def _came(day: Day) -> int:
    return day.confirmed + day.imported + day.returned


def _weeks(days: Sequence[Day]) -> list[Day]:
    """Return sums of seven days each, the last perhaps of fewer; each as of its first day."""
    return [_sum(days[start : start + 7]) for start in range(0, len(days), 7)]


def _sum(days: Sequence[Day]) -> Day:
    names = [each.name for each in fields(Day) if each.name not in {"date", "active"}]
    sums = {name: sum(getattr(day, name) for day in days) for name in names}
    return Day(date=days[0].date, active=days[-1].active, **sums)


def _day(name: str, otherwise: date) -> date:
    typed = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else otherwise
    except ValueError:
        raise ValueError(f"“{typed[:40]}” is no day such as 2026-03-10.") from None


def _senseless(first: date, last: date) -> str:
    if last < first and last >= _EARLIEST:
        return "The last day comes before the first."
    if (last - first).days >= LONGEST:
        return f"That is more than {LONGEST} days; the command “newsletter figures” has no such limit."
    return "" if first.year >= 2000 and last.year <= 2100 else "There are no figures of that time."


def _file(text: str, media_type: str, name: str) -> Response:
    answer = Response(text, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
