"""The answer in a few English sentences, for whoever is asked on the telephone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from subscribers.states import Event, State
from subscribers.why.answer import Happening, Standing, Veto, Why

_WAYS = {
    "link": "by the link in a mail",
    "one_click": "by the mail program's unsubscribe button",
    "mail": "by mail",
    "desk": "at the desk",
    "cli": "by command",
    "api": "by the API",
    "mail_server": "as a mail server said",
}
_VETOES = {
    "bounced": "mail to it came back",
    "complained": "it called our mail spam",
    "erased": "its owner asked to be forgotten",
    "by_hand": "it was barred by hand",
}
_ENDS = {
    Event.UNSUBSCRIBED: "unsubscribed",
    Event.COMPLAINED: "called our mail spam",
    Event.ERASED: "asked to be forgotten",
    Event.IMPORT_UNDONE: "was taken out again with that import",
}


def in_words(told: Why, zone: ZoneInfo, titles: Mapping[str, str], now: datetime) -> list[str]:
    """Return a sentence for each subscription and one for what bars the address; moments are in `zone`.

    `titles` are the newsletters' by their slug.
    """
    if told.reader_id is None:
        return [_unknown(told, zone)]
    who = told.name or told.email or "The reader"
    sentences = [_of(who, each, zone, titles, now) for each in told.subscriptions]
    if not sentences:
        sentences = [f"{who} has no subscription, and gets no issue."]
    return sentences + ([_barred(told.veto, zone)] if told.veto else [])


def _unknown(told: Why, zone: ZoneInfo) -> str:
    if told.veto is None:
        return f"Nobody with the address {told.email} has ever signed up; it gets no mail from us."
    reason = _reason(told.veto)
    return (
        f"{told.email} is not in the register. Only a keyed hash of it is kept: {reason}, on "
        f"{_at(told.veto.at, zone)}. It gets no mail from us, and no import brings it back."
    )


def _barred(veto: Veto, zone: ZoneInfo) -> str:
    note = f" ({veto.note})" if veto.note else ""
    return f"The address gets no issue all the same: {_reason(veto)}{note}, on {_at(veto.at, zone)}."


def _of(who: str, standing: Standing, zone: ZoneInfo, titles: Mapping[str, str], now: datetime) -> str:
    title = titles.get(standing.newsletter, standing.newsletter)
    parts = [part for part in (_came(standing, title, zone), _confirmed(standing, zone)) if part]
    return f"{who} {', '.join([*parts, _stands(standing, zone, now)])}."


def _came(standing: Standing, title: str, zone: ZoneInfo) -> str:
    """Return how the present stay began: by signing up, or by an import or another system."""
    start = _beginning(standing)
    if start is None:
        return f"has a subscription to {title} whose beginning is not known"
    if start.event is Event.IMPORTED:
        return f"was brought into {title} by {_import(start)} on {_at(start.at, zone)}{_agreed(start)}"
    page = f" on {start.source_page}" if start.source_page else _way(start)
    return f"signed up for {title} on {_at(start.at, zone)}{page}{_agreed(start)}"


def _beginning(standing: Standing) -> Happening | None:
    """Return the last sign-up or import that changed something; else the first of all."""
    begun = [one for one in standing.events if one.event in {Event.SIGNED_UP, Event.IMPORTED}]
    return next((one for one in reversed(begun) if one.changed), begun[0] if begun else None)


def _confirmed(standing: Standing, zone: ZoneInfo) -> str:
    start = _beginning(standing)
    after = [one for one in standing.events if one.event is Event.CONFIRMED and start and one.at >= start.at]
    return f"confirmed on {_at(after[0].at, zone)}{_way(after[0])}" if after else ""


def _stands(standing: Standing, zone: ZoneInfo, now: datetime) -> str:
    if standing.state is State.PENDING:
        return "and has not confirmed, so no issue is sent"
    if standing.state is State.ACTIVE:
        return f"and has been active since {_at(standing.since, zone)}{_paused(standing, zone, now)}"
    ends = [one for one in standing.events if one.event in _ENDS and one.changed]
    if not ends:
        return f"and is {standing.state}; no issue is sent"
    end = ends[-1]
    return f"and {_ENDS[end.event]} on {_at(end.at, zone)}{_way(end)}{_why(standing, end)}; no issue is sent"


def _why(standing: Standing, end: Happening) -> str:
    """Return the reason given when leaving, or afterwards."""
    told = [one.detail["reason"] for one in standing.events if one.at >= end.at and one.detail.get("reason")]
    return f", with the reason “{told[-1].replace('_', ' ')}”" if told else ""


def _paused(standing: Standing, zone: ZoneInfo, now: datetime) -> str:
    if standing.paused_until is None or standing.paused_until <= now:
        return ""
    return f", but wants no issue until {_at(standing.paused_until, zone)}"


def _import(event: Happening) -> str:
    if event.source == "api":
        return f"another system ({event.actor})"
    number = f"import {event.import_id}" if event.import_id else "an import"
    return f"{number} ({event.actor})" if event.actor else number


def _agreed(event: Happening) -> str:
    version = f" (version {event.version})" if event.version else ""
    if event.words:
        return f", agreeing to “{event.words}”{version}"
    return f", agreeing to words of which only the version is known: {event.version}" if version else ""


def _way(event: Happening) -> str:
    return f" {_WAYS[event.source]}" if event.source in _WAYS else ""


def _reason(veto: Veto) -> str:
    return _VETOES.get(veto.reason, veto.reason)


def _at(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y at %H:%M}"
